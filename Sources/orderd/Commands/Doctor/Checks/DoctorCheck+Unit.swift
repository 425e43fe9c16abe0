import Spool

/// The unit as systemd has it.
extension DoctorCheck {
    static let unit: [DoctorCheck] = [
        DoctorCheck("unit.dropins", .installation, "drop-ins of the unit, setting by setting, with the unit: none takes protection away") {
            examination in examination.dropIns.flatMap(examination.loosened)
        },
        DoctorCheck("unit.enabled", .installation, "the unit starts with the machine, and is not masked") { examination in
            examination.startFaults()
        },
        DoctorCheck("unit.reloaded", .installation, "systemd goes by the unit as it is on disk") { examination in
            guard examination.hasUnit, examination.ask("NeedDaemonReload") == "yes" else { return [] }
            return [
                DoctorFinding(
                    subject: "orderd.service", found: "changed on disk since systemd read it", expected: "read again",
                    why: "the next restart would use the old text", mend: [["systemctl", "daemon-reload"]])
            ]
        },
        DoctorCheck("unit.running", .installation, "the service runs") { examination in
            guard examination.hasUnit, !examination.isMasked, let state = examination.ask("ActiveState"),
                !["active", "reloading", "activating"].contains(state)
            else { return [] }
            return [
                DoctorFinding(
                    subject: "orderd.service", found: state, expected: "active", why: "what partners drop waits, and nobody answers them",
                    mend: (state == "failed" ? [["systemctl", "reset-failed", "orderd"]] : []) + [["systemctl", "start", "orderd"]],
                    advice: state == "failed" ? "first look why: journalctl -u orderd -n 50" : nil, isSafe: false)
            ]
        },
    ]

    /// Where systemd looks for drop-ins of the unit.
    static let dropInDirectories = ["/etc", "/run", "/usr/local/lib", "/usr/lib"].flatMap {
        ["\($0)/systemd/system/orderd.service.d", "\($0)/systemd/system/service.d"]
    }
}

extension Examination {
    var hasUnit: Bool { machine.status(DeclaredFile.unit.installed) != nil }
    fileprivate var isMasked: Bool { machine.target(DeclaredFile.ownUnit) == "/dev/null" }

    fileprivate var dropIns: [String] {
        DoctorCheck.dropInDirectories.flatMap { directory in
            (machine.names(directory) ?? []).compactMap(\.text).filter { $0.hasSuffix(".conf") }.map { "\(directory)/\($0)" }
        }
    }

    fileprivate func loosened(by path: String) -> [DoctorFinding] {
        guard let text = machine.text(path), let unit = declared[.unit] else { return [] }
        return UnitLoosening.faults(of: UnitFile(text), against: UnitFile(unit)).map { fault in
            DoctorFinding(
                subject: path, found: fault.setting, expected: fault.shipped,
                why: "the unit confines the daemon, and promises its restart; this takes a part of that away",
                mend: [["mv", "-T", path, path + ".set-aside"], ["systemctl", "daemon-reload"], ["systemctl", "restart", "orderd"]],
                advice: "or take only that line out of it; what else it sets stays lost until you put it back", isSafe: false)
        }
    }

    fileprivate func startFaults() -> [DoctorFinding] {
        guard hasUnit else { return [] }
        if isMasked {
            return [
                DoctorFinding(
                    subject: DeclaredFile.ownUnit, found: "the unit is masked", expected: "not masked",
                    why: "nothing can start the daemon", mend: [["systemctl", "unmask", "orderd"]], isSafe: false)
            ]
        }
        let wanted = declared.unit.values("WantedBy", in: "Install").flatMap { $0.split(separator: " ") }
        let missing = wanted.filter { machine.target("/etc/systemd/system/\($0).wants/orderd.service") == nil }
        guard let first = missing.first else { return [] }
        return [
            DoctorFinding(
                subject: "orderd.service", found: "not enabled: \(first) does not want it", expected: "enabled",
                why: "after the next start of the machine no daemon runs", mend: [["systemctl", "enable", "orderd"]])
        ]
    }

    /// A property of the unit; nil where no systemd runs.
    func ask(_ property: String) -> String? {
        guard machine.status("/run/systemd/system") != nil,
            let outcome = machine.run(["systemctl", "show", "-p", property, "--value", "orderd.service"]), outcome.code == 0
        else { return nil }
        return outcome.output[...].trimmed
    }
}
