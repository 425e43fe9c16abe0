import Glibc
import Spool

/// Root at work in a spool that is another user's: as that user, so that no file of the ledger or the journal becomes root's, which the
/// daemon could not write to at its next start.
///
/// It holds for the whole process, and ends with this object at the latest.
final class SpoolIdentity {
    private var groups: [gid_t] = []
    private var isOther = false

    /// Becomes the owner of the spool's `state/`, if this is root and that is not.
    init(of tree: SpoolTree) throws(StartError) {
        guard geteuid() == 0, let status = try? tree.files.status(at: tree.rootDescriptor, path: Path(SpoolTree.state)), status.owner != 0
        else { return }
        groups = [gid_t](repeating: 0, count: Int(getgroups(0, nil)))
        _ = getgroups(Int32(groups.count), &groups)
        // The owner's own group, not the directory's: that one is its administrators'.
        let entry = getpwuid(status.owner)?.pointee
        let group = entry?.pw_gid ?? status.owner
        let known = entry.map { initgroups($0.pw_name, group) == 0 } ?? (setgroups(0, nil) == 0)
        isOther = true
        guard known, setegid(group) == 0, seteuid(status.owner) == 0 else {
            restore()
            throw .configuration("root cannot become the owner of \(tree.root)/state (uid \(status.owner)); run it as that user")
        }
    }

    /// Becomes root again.
    func restore() {
        guard isOther else { return }
        isOther = false
        _ = seteuid(0)
        _ = setegid(0)
        _ = setgroups(groups.count, groups)
    }

    deinit { restore() }
}
