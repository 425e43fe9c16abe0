/// Why a verb ends with an exit code that is not 0, where usage is not to blame.
enum CommandFailure: Error, Equatable, CustomStringConvertible {
    /// 1: a check failed, an id is unknown, or one of several was refused. Nothing more to say where the text is empty.
    case refused(String)
    /// 2: it could not run at all. The text says what to do.
    case couldNotRun(String)

    /// What there was to do was done, but not all of it; the lines that say so have been printed.
    static let partly = CommandFailure.refused("")

    var description: String {
        switch self {
        case .refused(let message), .couldNotRun(let message): message
        }
    }

    var code: Int32 {
        switch self {
        case .refused: 1
        case .couldNotRun: 2
        }
    }
}
