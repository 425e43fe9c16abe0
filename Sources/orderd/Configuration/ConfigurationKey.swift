/// One key of the configuration: everything that reading, checking, `--help`, the reference page and the commented file need to know of it.
struct ConfigurationKey<Value: Sendable>: Sendable {
    /// Section and name, such as `intake.settle`.
    let path: String
    let rule: ValueRule<Value>
    let defaultValue: Value
    /// Whether SIGHUP applies a changed value; where not, the daemon must be started again.
    let reloads: Bool
    /// Whether `partners.<name>.<path>` may set it for one partner.
    let perPartner: Bool
    /// One paragraph for somebody who runs this: what it does, and when to change it.
    let meaning: String
    /// The environment variable that sets it.
    let environmentName: String

    init(
        _ path: String, _ rule: ValueRule<Value>, default defaultValue: Value, reloads: Bool, perPartner: Bool = false,
        environmentName: String? = nil, _ meaning: String
    ) {
        self.path = path
        self.rule = rule
        self.defaultValue = defaultValue
        self.reloads = reloads
        self.perPartner = perPartner
        self.meaning = meaning
        self.environmentName = environmentName ?? Self.environmentName(of: path)
    }

    /// `intake.resumeDeadline` is `ORDERD_INTAKE_RESUME_DEADLINE`.
    private static func environmentName(of path: String) -> String {
        path.reduce(into: "ORDERD_") { name, character in
            if character == "." {
                name += "_"
            } else if character.isUppercase {
                name += "_" + String(character)
            } else {
                name += character.uppercased()
            }
        }
    }
}

/// A value that was read, with its canonical text.
struct ConfigurationSetting: Sendable, Equatable {
    let value: any Sendable
    let text: String

    /// The texts are canonical, so equal texts are equal values.
    static func == (left: ConfigurationSetting, right: ConfigurationSetting) -> Bool {
        left.text == right.text
    }
}

/// A key without its type, for the parts that treat all keys alike.
struct AnyConfigurationKey: Sendable {
    let path: String
    let reloads: Bool
    let perPartner: Bool
    let meaning: String
    let environmentName: String
    /// What a value must be, in one phrase.
    let expectation: String
    /// The kind and the allowed values, for tables.
    let kind: String
    let allowed: String
    let defaultSetting: ConfigurationSetting
    /// Whether values are lists, which are written in brackets.
    let isList: Bool
    let read: @Sendable (RawValue) throws(ValueFault) -> ConfigurationSetting

    init<Value: Sendable>(_ key: ConfigurationKey<Value>) {
        let rule = key.rule
        path = key.path
        reloads = key.reloads
        perPartner = key.perPartner
        meaning = key.meaning
        environmentName = key.environmentName
        expectation = rule.expectation
        kind = rule.kind
        allowed = rule.allowed
        isList = Value.self == [String].self
        defaultSetting = ConfigurationSetting(value: key.defaultValue, text: rule.text(key.defaultValue))
        read = { raw throws(ValueFault) in
            let value = try rule.read(raw)
            return ConfigurationSetting(value: value, text: rule.text(value))
        }
    }

    /// The part before the point.
    var section: String { String(path.prefix { $0 != "." }) }
    /// The part behind the point.
    var name: String { String(path.drop { $0 != "." }.dropFirst()) }
}
