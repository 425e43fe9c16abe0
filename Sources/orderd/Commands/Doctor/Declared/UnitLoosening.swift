/// What in a drop-in takes away from what the shipped unit gives: which settings those are, and when a value is weaker than the shipped one.
///
/// Settings that are not named here are the administrator's: nice values, environment, limits of memory, more credentials.
enum UnitLoosening {
    /// How values of a setting compare.
    private enum Rule {
        /// The more, the stricter: from the weakest to the strictest; `true`, `on` and `1` are `yes`.
        case order([String])
        /// A list of what is allowed: whatever is added to it loosens.
        case allowed
        /// A list of what is forbidden: whatever takes it back loosens.
        case forbidden
        /// Any other value breaks what the service relies on.
        case exact
        /// A whole number that must not fall.
        case atLeast
    }

    private static let yesNo = Rule.order(["no", "yes"])

    private static let rules: [String: Rule] = [
        "Type": .exact, "ExecStart": .exact, "ExecReload": .exact, "User": .exact, "Group": .exact, "NotifyAccess": .exact,
        "UMask": .exact, "WatchdogSec": .exact, "DynamicUser": .exact, "RestartSec": .exact,
        "Restart": .order(["no", "on-success", "on-abort", "on-watchdog", "on-abnormal", "on-failure", "always"]),
        "ReadWritePaths": .allowed, "ExecPaths": .allowed, "BindPaths": .allowed, "CapabilityBoundingSet": .allowed,
        "AmbientCapabilities": .allowed, "SupplementaryGroups": .allowed, "RestrictAddressFamilies": .allowed,
        "SystemCallFilter": .allowed, "SystemCallArchitectures": .allowed, "DeviceAllow": .allowed, "IPAddressAllow": .allowed,
        "InaccessiblePaths": .forbidden, "ReadOnlyPaths": .forbidden, "NoExecPaths": .forbidden, "IPAddressDeny": .forbidden,
        "TemporaryFileSystem": .forbidden,
        "ProtectSystem": .order(["no", "yes", "full", "strict"]), "ProtectHome": .order(["no", "read-only", "tmpfs", "yes"]),
        "ProtectProc": .order(["default", "noaccess", "ptraceable", "invisible"]), "ProcSubset": .order(["all", "pid"]),
        "DevicePolicy": .order(["auto", "closed", "strict"]), "KeyringMode": .order(["shared", "inherit", "private"]),
        "RestrictNamespaces": yesNo, "NoNewPrivileges": yesNo, "PrivateTmp": yesNo, "PrivateDevices": yesNo, "PrivateNetwork": yesNo,
        "PrivateUsers": yesNo, "PrivateIPC": yesNo, "PrivateMounts": yesNo, "ProtectHostname": yesNo, "ProtectClock": yesNo,
        "ProtectKernelTunables": yesNo,
        "ProtectKernelModules": yesNo, "ProtectKernelLogs": yesNo, "ProtectControlGroups": yesNo, "MemoryDenyWriteExecute": yesNo,
        "LockPersonality": yesNo, "RestrictRealtime": yesNo, "RestrictSUIDSGID": yesNo, "RemoveIPC": yesNo, "LimitNOFILE": .atLeast,
    ]

    /// The settings of a drop-in that are weaker than the shipped unit's: what the drop-in says, and what it should say.
    static func faults(of dropIn: UnitFile, against unit: UnitFile) -> [(setting: String, shipped: String)] {
        dropIn.settings.compactMap { setting in
            guard setting.section == "Service", let rule = rules[setting.name] else { return nil }
            let shipped = unit.values(setting.name)
            guard isWeaker(setting.value, than: shipped, by: rule, of: setting.name) else { return nil }
            return ("\(setting.name)=\(setting.value)", "\(setting.name)=\(shipped.joined(separator: " "))")
        }
    }

    private static func isWeaker(_ value: String, than shipped: [String], by rule: Rule, of name: String) -> Bool {
        switch rule {
        case .exact: return shipped.isEmpty ? false : value != shipped.last && !(value.isEmpty && takesBack.contains(name))
        case .order(let ranks):
            // What the unit does not set has the weakest value already.
            guard let last = shipped.last, let least = ranks.firstIndex(of: plain(last)) else { return false }
            return (ranks.firstIndex(of: plain(value)) ?? 0) < least
        case .allowed:
            guard !shipped.isEmpty || emptyAllowsNothing.contains(name) else { return false }
            if value.isEmpty { return !emptyAllowsNothing.contains(name) }
            if value.hasPrefix("~") { return false }
            let known = Set(shipped.flatMap { words($0) })
            return !known.isSuperset(of: words(value))
        case .forbidden: return value.isEmpty && !shipped.isEmpty
        case .atLeast:
            guard let last = shipped.last, let least = Int64(last.split(separator: ":")[0]) else { return false }
            return Int64(value.split(separator: ":").first ?? "").map { $0 < least } ?? (value != "infinity")
        }
    }

    /// Lists of what is allowed that, emptied or not given, allow nothing; the others allow all then.
    private static let emptyAllowsNothing: Set<String> = [
        "ReadWritePaths", "AmbientCapabilities", "SupplementaryGroups", "BindPaths", "ExecPaths", "CapabilityBoundingSet", "DeviceAllow",
        "IPAddressAllow",
    ]

    /// Lists of commands: an empty value only makes room for the next, which is looked at itself.
    private static let takesBack: Set<String> = ["ExecStart", "ExecReload"]

    private static func words(_ value: String) -> [String] { value.split(separator: " ").map(String.init) }

    private static func plain(_ value: String) -> String {
        switch value.lowercased() {
        case "true", "on", "1", "yes": "yes"
        case "false", "off", "0", "no": "no"
        default: value.lowercased()
        }
    }
}
