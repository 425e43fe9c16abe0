/// One check of `orderd doctor`.
struct DoctorCheck: Sendable {
    /// Where a check makes sense.
    enum Scope: Sendable {
        /// In every spool.
        case anySpool
        /// Where orderd is installed as a service.
        case installation
    }

    /// Its stable name.
    let id: String
    let scope: Scope
    /// What is compared with what, in a line for people; `docs/doctor.md` shows it.
    let compares: String
    let look: @Sendable (Examination) -> [DoctorFinding]

    init(_ id: String, _ scope: Scope, _ compares: String, _ look: @escaping @Sendable (Examination) -> [DoctorFinding]) {
        self.id = id
        self.scope = scope
        self.compares = compares
        self.look = look
    }

    /// Every check. What others build on stands first: `--fix` mends in this order.
    static let all: [DoctorCheck] =
        files + accounts + tree + keys + unit + ssh + limits + fileSystem + clock + ledger + versions + daemon
}
