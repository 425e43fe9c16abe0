import Glibc
import Spool

/// Whose a spool is, which decides what a verb can do for a partner beside the ledger.
enum SpoolHolder: Hashable {
    /// An installed orderd's, and this is root: accounts, owners and keys can be made.
    case installed
    /// An installed orderd's, and this is not root: nothing in `partners/` can be made.
    case anothers
    /// The one's who runs this: everything in it is that one's, and there are no accounts.
    case own

    /// As the owner of `state/` says.
    init(of tree: SpoolTree, machine: any Machine, isRoot: Bool = geteuid() == 0) throws(FileError) {
        let owner = try tree.files.status(at: tree.rootDescriptor, path: Path(SpoolTree.state))?.owner
        guard let owner, machine.account(named: Accounts.orderd)?.user == owner else {
            self = .own
            return
        }
        self = isRoot ? .installed : .anothers
    }
}
