import Foundation
import Ledger
import Orders
import Spool
import Stages

@testable import orderd

/// A machine in memory on which orderd is installed as `etc/` of this repository declares it, with two partners that come by SFTP, and the
/// daemon running.
enum InstalledMachine {
    static let root = "/var/spool/orderd"
    /// User and group ids by name.
    static let ids: [String: UInt32] = [
        "root": 0, "orderd": 990, "orderd-admin": 989, "orderd-partners": 988, "acme": 987, "bolt": 986, "mallory": 1001, "daemon": 1,
    ]

    static func make() throws -> MemoryMachine {
        let machine = MemoryMachine()
        machine.put(
            "/etc/passwd",
            """
            root:x:0:0:root:/root:/bin/bash
            daemon:x:1:1::/usr/sbin:/usr/sbin/nologin
            orderd:x:990:990:orderd:/nonexistent:/usr/sbin/nologin
            acme:x:987:987:orderd partner:/var/spool/orderd/partners/acme:/usr/sbin/nologin
            bolt:x:986:986:orderd partner:/var/spool/orderd/partners/bolt:/usr/sbin/nologin
            mallory:x:1001:1001::/home/mallory:/bin/bash

            """)
        machine.put(
            "/etc/group",
            """
            root:x:0:
            daemon:x:1:
            orderd:x:990:
            orderd-admin:x:989:
            orderd-partners:x:988:acme,bolt
            acme:x:987:
            bolt:x:986:
            mallory:x:1001:

            """)
        try installFiles(machine)
        machine.facts = .success(facts)
        machine.repaired = facts
        makeTree(machine)
        startDaemon(machine)
        machine.makeDirectory("/run/systemd/system")
        for name in ["max_user_watches", "max_queued_events", "max_user_instances"] {
            machine.put("/proc/sys/fs/inotify/\(name)", "1000000\n")
        }
        return machine
    }

    static var facts: LedgerFacts {
        var facts = LedgerFacts()
        facts.partners = [
            PartnerChange(name: "acme", role: "shop", state: "active"), PartnerChange(name: "bolt", role: "reader", state: "active"),
            PartnerChange(name: "gone", role: "shop", state: "removed"),
            PartnerChange(name: "warehouse", role: "warehouse", state: "active"),
        ]
        facts.lastEvent = Timestamp(milliseconds: 1_795_499_000_000)
        facts.stoppedCleanly = false
        return facts
    }

    /// What `etc/` declares, as the package puts it.
    private static func installFiles(_ machine: MemoryMachine) throws {
        for file in DeclaredFile.all {
            let text = try contents(of: try packageRoot().appending(path: "etc/\(file.source)"))
            machine.put(file.installed, text)
            machine.put("\(DeclaredInstallation.copies)/\(file.source)", text)
            machine.package[file.installed] = text
        }
        machine.makeLink("/etc/systemd/system/multi-user.target.wants/orderd.service", to: DeclaredFile.unit.installed)
        machine.put("/etc/ssh/sshd_config", "Include /etc/ssh/sshd_config.d/*.conf\nUsePAM yes\nMatch User somebody\n    PermitTTY no\n")
    }

    /// Every place of the table, as the table says.
    private static func makeTree(_ machine: MemoryMachine) {
        let examination = Examination(machine: machine, root: root, configuration: Configuration(), etc: nil)
        for place in examination.ownedPlaces() {
            let path = place.isInSpool ? examination.path(place.path) : place.path
            switch place.kind {
            case .directory: machine.makeDirectory(path)
            case .file: machine.put(path, "")
            case .socket: machine.nodes[path] = MemoryMachine.Node(kind: .socket)
            }
            machine.nodes[path]?.owner = ids[place.owner] ?? 0
            machine.nodes[path]?.group = ids[place.group] ?? 0
            machine.nodes[path]?.mode = place.mode
            for entry in place.access {
                machine.nodes[path]?.access.users[ids[entry.user] ?? 0] = entry.rights
                machine.nodes[path]?.access.ownGroup = UInt16(place.mode >> 3 & 7)
            }
        }
        // Only partners with an account have keys.
        machine.remove(SSHKeyFile.path(of: "warehouse"))
        for partner in ["acme", "bolt"] {
            machine.put(SSHKeyFile.path(of: partner), "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGx7 \(partner)\n")
        }
    }

    /// A daemon of this version, process 4711.
    static func startDaemon(_ machine: MemoryMachine) {
        let path = "\(root)/state/status.json"
        let text = #"{"version":1,"software":"\#(orderdVersion)","state":"running","pid":4711}"#
        if machine.nodes[path] == nil { machine.put(path, text) } else { machine.nodes[path]?.text = text }
        machine.put("/proc/4711/comm", "orderd\n")
        machine.makeLink("/proc/4711/exe", to: "/usr/bin/orderd")
        machine.put(
            "/proc/4711/limits",
            "Limit   Soft Limit   Hard Limit   Units\nMax open files            65536                65536                files\n")
    }
}
