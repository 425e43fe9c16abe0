/// One thing that is not as it should be, or that is worth knowing.
struct DoctorFinding: Hashable {
    /// How much it matters.
    enum Weight: String, Hashable {
        /// A difference from what is declared: the exit code is 1.
        case drift
        /// Worth knowing, and perhaps meant: told, and nothing else.
        case note
    }

    /// A command as its words.
    typealias Command = [String]

    var weight = Weight.drift
    /// A path, an account, or another thing that has a name.
    let subject: String
    /// What was found there.
    let found: String
    /// What should be there.
    let expected: String
    /// What goes wrong otherwise.
    let why: String
    /// What mends it, in this order; empty where no command does.
    var mend: [Command] = []
    /// What a person has to do or to decide, where commands alone do not mend it.
    var advice: String?
    /// Whether `--fix` may run the commands: they only put back what is declared, and interrupt nothing.
    var isSafe = true

    /// The commands as a person types them.
    var commands: [String] { mend.map(shellText) }
}
