import Spool
import Stages

/// What the kernel and systemd let the daemon have.
extension DoctorCheck {
    static let limits: [DoctorCheck] = [
        DoctorCheck("limits.files", .installation, "open files that the daemon may have, with what its directories and calls need") {
            examination in
            let needed = examination.neededDescriptors
            guard let (subject, limit) = examination.descriptorLimit, limit < needed else { return [] }
            return [
                DoctorFinding(
                    subject: subject, found: "\(limit) open files", expected: "\(needed) or more",
                    why:
                        "with \(counted(examination.partners.count, "partner")) the daemon keeps that many directories and connections open; "
                        + "without them it defers work or stops",
                    mend: [["systemctl", "set-property", "orderd.service", "LimitNOFILE=\(max(needed * 2, 65_536))"]],
                    advice:
                        "then: systemctl restart orderd. Where set-property knows no such limit, put it into a drop-in: systemctl edit orderd",
                    isSafe: false)
            ]
        },
        DoctorCheck("limits.watches", .anySpool, "fs.inotify.max_user_watches, with twice the directories that are watched") {
            examination in
            examination.tooSmall("fs.inotify.max_user_watches", least: Int64(examination.watchedDirectories * 2)) {
                "a drop directory without a watch is looked through now and then instead: its orders wait up to intake.rescan"
            }
        },
        DoctorCheck("limits.instances", .anySpool, "fs.inotify.max_user_instances, with what a daemon beside other programs needs") {
            examination in
            examination.tooSmall("fs.inotify.max_user_instances", least: 8) {
                "without one the daemon looks through all directories instead"
            }
        },
        DoctorCheck("limits.events", .installation, "fs.inotify.max_queued_events, with what 100,000 files dropped at once raise") {
            examination in
            // Only where it is declared: events that are lost cost a scan, and no order.
            examination.tooSmall("fs.inotify.max_queued_events", least: 0) {
                "when more events wait than that, all are lost, and every directory is looked through instead: slower, not wrong"
            }
        },
        DoctorCheck("space.bytes", .anySpool, "free space, with intake.diskReserve") { examination in
            let reserve = examination.configuration[Keys.Intake.diskReserve]
            guard let free = examination.machine.freeSpace(examination.root), free.bytes < Int64(reserve) else { return [] }
            return [
                DoctorFinding(
                    subject: examination.root, found: "\(free.bytes >> 20) MiB free",
                    expected: "\(Int64(reserve) >> 20) MiB or more (intake.diskReserve)",
                    why: "below that nothing new is taken", advice: "make room; what takes it: du -xh \(examination.root) | sort -h | tail",
                    isSafe: false)
            ]
        },
        DoctorCheck("space.inodes", .anySpool, "free inodes, with the 1,000 below which nothing is taken, tenfold") { examination in
            guard let free = examination.machine.freeSpace(examination.root), free.inodes < 10_000 else { return [] }
            return [
                DoctorFinding(
                    subject: examination.root, found: "\(free.inodes) inodes free", expected: "10,000 or more",
                    why: "each order has several files; below 1,000 nothing new is taken",
                    advice:
                        "remove what is old below done/ and rejected/ from another copy of it, or give the spool a file system of its own",
                    isSafe: false)
            ]
        },
    ]
}

extension Examination {
    /// Directories that the daemon keeps open, calls that may be out, and what SQLite, the journal, sockets and clients need.
    fileprivate var neededDescriptors: Int64 {
        // Drop, claim, receipt and other directories of a partner, its log socket, and one upload in hand.
        Int64(partners.count * 20) + Int64(configuration[Keys.Payment.concurrency]) + 200
    }

    /// The daemon's own limit; else the unit's.
    fileprivate var descriptorLimit: (subject: String, limit: Int64)? {
        if let daemon, let text = machine.text("/proc/\(daemon.process)/limits") {
            // `Max open files            1024                 1048576              files`
            let line = text.split(separator: "\n").first { $0.hasPrefix("Max open files") }
            let words = line?.split(separator: " ").map(String.init) ?? []
            if words.count > 3 { return ("the daemon, process \(daemon.process)", Int64(words[3]) ?? .max) }
        }
        guard hasUnit, let value = declared.unit.value("LimitNOFILE") else { return nil }
        return (DeclaredFile.unit.installed, Int64(value.split(separator: ":")[0]) ?? .max)
    }

    fileprivate var watchedDirectories: Int {
        // The steps' directories are not watched: what is moved there by hand is found by looking through them.
        partners.count * SpoolTree.dropDirectories.count + SpoolTree.restingQueues.count + 8
    }

    /// A limit of the kernel against what is declared and what is needed.
    fileprivate func tooSmall(_ name: String, least: Int64, why: () -> String) -> [DoctorFinding] {
        let declaredValue = isInstalled ? declared.kernel.first { $0.name == name }?.value ?? 0 : 0
        let needed = max(least, declaredValue)
        guard let text = machine.text("/proc/sys/" + name.replacing(".", with: "/")), let value = Int64(text[...].trimmed), value < needed
        else {
            return []
        }
        let isEnough = declaredValue >= least && declared[.kernel] != nil
        return [
            DoctorFinding(
                weight: isContainer ? .note : .drift, subject: name, found: "\(value)", expected: "\(needed) or more", why: why(),
                mend: isContainer
                    ? []
                    : isEnough && isInstalled
                        ? [["sysctl", "-q", "-p", DeclaredFile.kernel.installed]] : [["sysctl", "-q", "-w", "\(name)=\(needed)"]],
                advice: isContainer
                    ? "only the container's host can set it"
                    : isEnough && isInstalled
                        ? nil : "to keep it after the next start of the machine, write it to a file in /etc/sysctl.d too",
                isSafe: !isContainer)
        ]
    }
}
