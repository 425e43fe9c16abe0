/// What this run of orderd goes by: a value for every key of the table, and what partners have of their own.
///
///     configuration[Keys.Intake.settle]                            // Duration
///     configuration[Keys.Order.currency, partner: "acme"]          // the partner's, else the general one
///
/// It is a value: the daemon keeps one, and SIGHUP makes the next one with `reload(from:)`.
struct Configuration: Sendable, Equatable {
    /// What was set, by path; a key that is not here has its default.
    private(set) var settings: [String: ConfigurationSetting] = [:]
    /// What was set for a partner, by partner and path. Only keys with `perPartner`.
    private(set) var partnerSettings: [String: [String: ConfigurationSetting]] = [:]
    /// The file that was read; nil where there was none. Not part of equality: the values are what counts.
    private(set) var file: String?

    /// Every key at its default.
    init() {}

    init(settings: [String: ConfigurationSetting], partnerSettings: [String: [String: ConfigurationSetting]], file: String?) {
        self.settings = settings
        self.partnerSettings = partnerSettings
        self.file = file
    }

    subscript<Value: Sendable>(key: ConfigurationKey<Value>) -> Value {
        settings[key.path]?.value as? Value ?? key.defaultValue
    }

    /// The partner's own value, else the general one. A key without `perPartner` has no values of partners.
    subscript<Value: Sendable>(key: ConfigurationKey<Value>, partner partner: String) -> Value {
        partnerSettings[partner]?[key.path]?.value as? Value ?? self[key]
    }

    /// Partners that have values of their own, in order. Whether they exist is for the spool to say.
    var partnersWithSettings: [String] {
        partnerSettings.keys.sorted()
    }

    /// The canonical text of every key that is not at its default, by path, with partners' keys as `partners.<name>.<path>`. For the log
    /// line at start and for `doctor`.
    var changes: [String: String] {
        allSettings.compactMapValues { $0.text }.filter { path, text in Keys.byPath[path]?.defaultSetting.text != text }
    }

    static func == (left: Configuration, right: Configuration) -> Bool {
        left.changes == right.changes
    }
}

extension Configuration {
    /// What a reload did, by path; partners' keys as `partners.<name>.<path>`.
    struct Reload: Sendable, Equatable {
        /// Changed, and in force from now on.
        var applied: [String] = []
        /// Changed in the file, but in force only after the next start.
        var needsRestart: [String] = []
    }

    /// Takes over from `new` what can change while the daemon runs; everything else stays as it is.
    mutating func reload(from new: Configuration) -> Reload {
        var result = Reload()
        for key in Keys.all {
            let (old, fresh) = (settings[key.path] ?? key.defaultSetting, new.settings[key.path] ?? key.defaultSetting)
            guard old != fresh else { continue }
            if key.reloads {
                settings[key.path] = new.settings[key.path]
                result.applied.append(key.path)
            } else {
                result.needsRestart.append(key.path)
            }
        }
        for partner in Set(partnerSettings.keys).union(new.partnerSettings.keys).sorted() {
            for key in Keys.all where key.perPartner {
                let (old, fresh) = (partnerSettings[partner]?[key.path], new.partnerSettings[partner]?[key.path])
                guard old != fresh else { continue }
                let path = "\(Keys.partners).\(partner).\(key.path)"
                if key.reloads {
                    partnerSettings[partner, default: [:]][key.path] = fresh
                    result.applied.append(path)
                } else {
                    result.needsRestart.append(path)
                }
            }
        }
        partnerSettings = partnerSettings.filter { !$0.value.isEmpty }
        file = new.file
        return result
    }

    /// General and partners' settings under one kind of path.
    private var allSettings: [String: ConfigurationSetting] {
        var all = settings
        for (partner, own) in partnerSettings {
            for (path, setting) in own { all["\(Keys.partners).\(partner).\(path)"] = setting }
        }
        return all
    }
}
