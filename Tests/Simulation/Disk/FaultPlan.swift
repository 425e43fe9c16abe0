import Glibc
import Spool

/// What befalls the daemon's calls: errors, and the moment at which its process or the power ends.
final class FaultPlan {
    /// What becomes of one call.
    enum Fate {
        case passes
        case fails(Int32)
        /// The process ends: before the call, in the middle of it, or right after it.
        case ends(Moment)
    }

    enum Moment: String {
        case before
        case within
        case after
    }

    /// Calls to the end of the process; nil while none is planned.
    private(set) var callsToEnd: Int?
    private var moment = Moment.before
    /// The power goes with the process.
    private(set) var cutsPower = false
    /// Calls until an error, then how many calls have it.
    private var callsToError = 0
    private var errorsLeft = 0
    private var code: Int32 = 0
    private var onlyChanges = false
    /// Errors that were given since the count was set back.
    var errorsGiven = 0

    /// Not EACCES: it says of a file that its mode is wrong, which is a verdict, and the right one.
    static let codes: [Int32] = [EIO, ENOSPC, EMFILE]

    /// The process, or the power, ends at the call of this number, from 1; of those that change something only where `changes` says so.
    func end(atCall number: Int, _ moment: Moment, cuttingPower: Bool, changes: Bool) {
        callsToEnd = number
        self.moment = moment
        cutsPower = cuttingPower
        onlyChanges = changes
    }

    /// Calls from this number on fail, so many of them.
    func fail(atCall number: Int, times: Int, code: Int32) {
        callsToError = number
        errorsLeft = times
        self.code = code
    }

    /// Nothing befalls anybody any more.
    func clear() {
        callsToEnd = nil
        cutsPower = false
        errorsLeft = 0
        errorsGiven = 0
    }

    /// The fate of the next call.
    func next(changing: Bool) -> Fate {
        if let calls = callsToEnd, changing || !onlyChanges {
            if calls <= 1 {
                callsToEnd = nil
                return .ends(moment)
            }
            callsToEnd = calls - 1
        }
        guard errorsLeft > 0 else { return .passes }
        if callsToError > 1 {
            callsToError -= 1
            return .passes
        }
        errorsLeft -= 1
        errorsGiven += 1
        return .fails(code)
    }
}
