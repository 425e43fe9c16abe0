"""All scenarios, in the order in which they are run."""
from . import scenarios_drops as drops, scenarios_hands as hands, scenarios_steps as steps

SCENARIOS = [
    kind() for kind in (
        drops.Single, drops.Renamed, drops.Closed, drops.Resumed, drops.Slices, drops.Verdicts, drops.Masked, drops.MaskedLines, drops.PossibleDuplicate,
        drops.Strange, drops.Gone, drops.Stock, steps.Deferral, steps.Hold, steps.Charge, steps.Declined, steps.Unanswered, steps.Cancel,
        steps.Refund, hands.Release, hands.Asked, hands.HandBefore, hands.HandLive, hands.HandCancel, hands.SecondFile, hands.Deleted,
        hands.Partner, hands.Rebuild)
]
