import Ledger
import Stages

/// What kind of world a seed makes: how much is done, how often something fails, and how the daemon is configured.
struct Profile {
    var steps: Int
    var hasGateway: Bool
    var hasLeases: Bool
    /// Followers run while the pipeline still finishes its turn.
    var followsAtOnce: Bool
    /// Once in so many steps; 0 for never.
    var endRate: Int
    var errorRate: Int
    var jumpRate: Int
    var handRate: Int
    /// Once in so many calls somebody acts in the middle of a turn; 0 for never.
    var interruptionRate: Int
    var cutsPower: Bool
    var dropsLargeFiles: Bool
    var losesEvents: Bool
    var policy = Policy()

    init(_ dice: Dice) {
        steps = dice.within(30...110)
        hasGateway = !dice.once(in: 4)
        hasLeases = !dice.once(in: 5)
        followsAtOnce = dice.once(in: 2)
        endRate = dice.pick([0, 8, 12, 20])
        errorRate = dice.pick([0, 0, 10, 25])
        jumpRate = dice.pick([0, 0, 15])
        handRate = dice.pick([4, 8, 16])
        interruptionRate = dice.pick([0, 0, 40, 150])
        cutsPower = dice.once(in: 2)
        dropsLargeFiles = dice.once(in: 8)
        losesEvents = dice.once(in: 3)
        policy.slice = dice.pick([2, 3, 5, 16, 256])
        policy.window = dice.pick([64, 65_536])
        policy.rescan = dice.pick([30, 120]) * 1_000_000_000
        policy.diskReserve = 1 << 20
        policy.retryBase = 1000
        policy.retryCap = 60_000
        policy.retryLimit = dice.pick([2, 4, 8])
        policy.breakerThreshold = dice.pick([2, 5])
        policy.breakerPause = 10_000
        policy.paymentConcurrency = dice.pick([1, 3, 16])
        policy.keyLife = 3_600_000
        policy.shortStock = dice.pick([.hold, .wait, .reject])
        policy.zeroPrice = .hold
    }
}
