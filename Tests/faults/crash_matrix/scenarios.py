"""All scenarios, in the order in which they are run."""
from . import scenarios_drops as drops, scenarios_hands as hands, scenarios_steps as steps

SCENARIOS = [
    kind() for kind in (
        drops.Single, drops.Renamed, drops.Closed, drops.Slices, drops.Verdicts, steps.Deferral, steps.Hold, hands.Release, steps.Charge,
        steps.Cancel, steps.Refund, hands.HandBefore, hands.HandLive, drops.Stock, hands.Partner)
]
