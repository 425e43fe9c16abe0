import Foundation
import Testing

@testable import orderd

@Suite struct ConfigurationTests {
    @Test func everyKeyHasItsDefaultWhereNothingIsSet() throws {
        let configuration = try loadConfiguration()
        #expect(configuration == Configuration())
        #expect(configuration[Keys.Intake.settle] == .seconds(1))
        #expect(configuration[Keys.Intake.maxFileSize] == 2 << 30)
        #expect(configuration[Keys.Validate.maxAmount].minorUnits(digits: 2) == 10_000_000)
        #expect(configuration[Keys.Intake.possibleDuplicate] == .hold)
        #expect(configuration[Keys.Order.currency, partner: "acme"] == "GBP")
        #expect(configuration.file == nil)
        #expect(configuration.changes.isEmpty)
    }

    @Test func everyDefaultPassesItsOwnRule() throws {
        for key in Keys.all {
            let raw: RawValue = key.isList ? .argument(key.defaultSetting.text) : .scalar(key.defaultSetting.text)
            #expect(try key.read(raw) == key.defaultSetting, "\(key.path)")
        }
    }

    @Test func everyKeyHasItsOwnNamesAndAKnownSection() {
        #expect(Set(Keys.all.map(\.path)).count == Keys.all.count)
        #expect(Set(Keys.all.map(\.environmentName)).count == Keys.all.count)
        for key in Keys.all {
            #expect(Keys.sections.contains { $0.name == key.section }, "\(key.path)")
            #expect(!key.meaning.isEmpty && !key.meaning.contains("\n"), "\(key.path)")
        }
        #expect(Set(Keys.all.map(\.section)) == Set(Keys.sections.map(\.name)))
    }

    @Test func everyDeclaredKeyIsListed() throws {
        let folder = try packageRoot().appending(path: "Sources/orderd/Configuration")
        let declared = try ["Keys+Intake.swift", "Keys+Steps.swift", "Keys+Running.swift", "Keys+Report.swift"].map { name in
            try contents(of: folder.appending(path: name)).components(separatedBy: "= ConfigurationKey(").count - 1
        }
        #expect(declared.reduce(0, +) == Keys.all.count)
    }

    @Test func environmentGoesBeforeFileAndOptionBeforeBoth() throws {
        try withConfigurationFile("intake:\n  settle: 2s\n  rescan: 10s\n  sliceOrders: 100\n") { path in
            let configuration = try loadConfiguration(
                path, environment: ["ORDERD_INTAKE_SETTLE": "3s", "ORDERD_INTAKE_RESCAN": "11s", "HOME": "/"],
                overrides: ["intake.settle=4s"])
            #expect(configuration[Keys.Intake.settle] == .seconds(4))
            #expect(configuration[Keys.Intake.rescan] == .seconds(11))
            #expect(configuration[Keys.Intake.sliceOrders] == 100)
            #expect(configuration.changes == ["intake.settle": "4s", "intake.rescan": "11s", "intake.sliceOrders": "100"])
        }
    }

    @Test func spoolDirectoryHasAShortVariable() throws {
        #expect(try loadConfiguration(environment: ["ORDERD_SPOOL": "/var/spool/orderd"])[Keys.Spool.directory] == "/var/spool/orderd")
        #expect(Keys.Intake.resumeDeadline.environmentName == "ORDERD_INTAKE_RESUME_DEADLINE")
    }

    @Test func fileIsNamedByOptionThenVariableThenSearchPath() throws {
        try withConfigurationFile("retry:\n  limit: 1\n") { first in
            try withConfigurationFile("retry:\n  limit: 2\n") { second in
                try withConfigurationFile("retry:\n  limit: 3\n") { third in
                    let environment = ["ORDERD_CONFIG": second]
                    let search = ["/nonexistent/orderd.yaml", third]
                    let byOption = try Configuration.load(path: first, environment: environment, overrides: [], searching: search)
                    let byVariable = try Configuration.load(path: nil, environment: environment, overrides: [], searching: search)
                    let bySearch = try Configuration.load(path: nil, environment: ["ORDERD_CONFIG": ""], overrides: [], searching: search)
                    #expect([byOption, byVariable, bySearch].map { $0[Keys.Retry.limit] } == [1, 2, 3])
                    #expect([byOption, byVariable, bySearch].map(\.file) == [first, second, third])
                }
            }
        }
    }

    @Test func partnerHasItsOwnValueElseTheGeneralOne() throws {
        try withConfigurationFile(
            "order:\n  currency: EUR\npartners:\n  acme:\n    order:\n      currency: JPY\n    intake:\n      requireReference: true\n"
        ) { path in
            let configuration = try loadConfiguration(path, overrides: ["partners.bolt.order.currency=BHD"])
            #expect(configuration[Keys.Order.currency] == "EUR")
            #expect(configuration[Keys.Order.currency, partner: "acme"] == "JPY")
            #expect(configuration[Keys.Order.currency, partner: "bolt"] == "BHD")
            #expect(configuration[Keys.Order.currency, partner: "other"] == "EUR")
            #expect(configuration[Keys.Intake.requireReference, partner: "acme"])
            #expect(!configuration[Keys.Intake.requireReference, partner: "bolt"])
            #expect(configuration.partnersWithSettings == ["acme", "bolt"])
        }
    }

    @Test func dottedAndNestedKeysAreTheSame() throws {
        try withConfigurationFile("intake.settle: 2s\npartners.acme.order.currency: EUR\npayment: {gateway: simulated}\n") { path in
            let configuration = try loadConfiguration(path)
            #expect(configuration[Keys.Intake.settle] == .seconds(2))
            #expect(configuration[Keys.Order.currency, partner: "acme"] == "EUR")
            #expect(configuration[Keys.Payment.gateway] == .simulated)
        }
    }

    @Test(arguments: ["", "# nothing\n", "intake:\npartners:\n", "---\n", "~\n", "partners: {}\n", "partners:\n  acme:\n"])
    func emptyFilesAndSectionsAreDefaults(text: String) throws {
        let configuration = try withConfigurationFile(text) { try loadConfiguration($0) }
        #expect(configuration == Configuration())
    }

    @Test func reloadAppliesWhatItCanAndNamesWhatItCannot() throws {
        var running = try loadConfiguration(overrides: ["intake.settle=2s", "log.level=debug", "partners.acme.order.currency=EUR"])
        let fresh = try loadConfiguration(
            overrides: ["intake.settle=3s", "payment.gateway=simulated", "spool.directory=/elsewhere", "partners.bolt.order.currency=JPY"])
        let result = running.reload(from: fresh)
        #expect(result.applied == ["intake.settle", "log.level", "partners.acme.order.currency", "partners.bolt.order.currency"])
        #expect(result.needsRestart == ["spool.directory", "payment.gateway"])
        #expect(running[Keys.Intake.settle] == .seconds(3))
        #expect(running[Keys.Log.level] == .info)
        #expect(running[Keys.Payment.gateway] == .account)
        #expect(running[Keys.Order.currency, partner: "acme"] == "GBP")
        #expect(running[Keys.Order.currency, partner: "bolt"] == "JPY")
        #expect(running.reload(from: fresh) == Configuration.Reload(applied: [], needsRestart: ["spool.directory", "payment.gateway"]))
    }

    @Test func anotherSpellingOfAValueIsNoChange() throws {
        var running = try loadConfiguration(overrides: ["intake.settle=2s", "validate.maxAmount=5", "intake.maxFileSize=8192KiB"])
        let fresh = try loadConfiguration(overrides: ["intake.settle=2000ms", "validate.maxAmount=5.000", "intake.maxFileSize=8MiB"])
        #expect(running == fresh)
        #expect(running.reload(from: fresh) == Configuration.Reload())
    }
}
