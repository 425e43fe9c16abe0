import Logging
import Spool

extension Pipeline {
    /// Once a second while it matters: whether intake must pause because the disk is nearly full, or may go on.
    func lookAtDisk(_ boot: Int64) {
        nextDiskLook = boot + 1_000_000_000
        guard let free = try? files.freeSpace(tree.rootDescriptor) else { return }
        let isLow = free.bytes < policy.diskReserve || free.inodes < 1000
        guard isLow != isDiskLow else { return }
        isDiskLow = isLow
        if isLow {
            log.critical(
                "intake is paused: the disk is nearly full",
                metadata: ["free": "\(free.bytes)", "inodes": "\(free.inodes)", "reserve": "\(policy.diskReserve)"])
        } else {
            log.notice("intake goes on: the disk has room again", metadata: ["free": "\(free.bytes)"])
        }
    }
}
