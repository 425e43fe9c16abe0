import Foundation
import Testing

@testable import orderd

@Suite struct ConfigurationRefusalTests {
    @Test func allProblemsAreListedWithTheirPlaces() throws {
        let found = try complaints(
            """
            intake:
              setle: 1s
              rescan: soon
            colour: red
            order:
              currency: gbp
            """,
            environment: ["ORDERD_RETRY_LIMIT": "0", "ORDERD_RETRY_LIMITS": "1"],
            overrides: ["log.level=loud", "nonsense"])
        #expect(
            found == [
                "file:2:3: intake.setle: unknown key; did you mean intake.settle?",
                "file:3:11: intake.rescan: found \"soon\", expected duration, 100ms to 1h (such as 500ms, 1s, 10m or 24h)",
                "file:4:1: colour: unknown key; the sections are: "
                    + "spool, intake, order, validate, stock, payment, fulfil, retry, publish, report, alerts, export, log, partners",
                "file:6:13: order.currency: found \"gbp\", expected ISO 4217 code of three capital letters (such as GBP, EUR or JPY)",
                "environment ORDERD_RETRY_LIMITS: is no key's variable; did you mean ORDERD_RETRY_LIMIT?",
                "environment ORDERD_RETRY_LIMIT: retry.limit: found \"0\", expected whole number of attempts, 1 to 1000",
                "--set nonsense: expected key=value, such as intake.settle=2s",
                "--set log.level=loud: log.level: found \"loud\", expected one of, trace | debug | info | notice | warning | error | critical",
            ])
    }

    @Test func everyKeySetTwiceIsNamedAndTheRestIsStillChecked() throws {
        let found = try complaints(
            """
            intake:
              settle: 1s
              "settle": 2s
              rescan: 1s
              rescan: never
              settle: 3s
            order.currency: EUR
            order:
              currency: EUR
            intake:
              window: 1
            """)
        #expect(
            found == [
                "file:3:13: intake.settle: is set twice, first in line 2; keep one",
                "file:5:11: intake.rescan: is set twice, first in line 4; keep one",
                "file:5:11: intake.rescan: found \"never\", expected duration, 100ms to 1h (such as 500ms, 1s, 10m or 24h)",
                "file:6:11: intake.settle: is set twice, first in line 2; keep one",
                "file:9:13: order.currency: is set twice, first in line 7; keep one",
                "file:10:1: intake: is there twice, first in line 1; put its keys under one",
                "file:11:11: intake.window: found \"1\", expected whole number of files, 256 to 1048576",
            ])
        #expect(
            try complaints("", overrides: ["retry.limit=1", "retry.limit=2"]) == [
                "--set retry.limit=2: retry.limit: is set twice, first in --set retry.limit=1; keep one"
            ])
    }

    @Test(arguments: [
        ("intake.settle", ["1", "1 s", "1sec", "-1s", "1.5s", "2h", "99999999999999999999s", "9999999999999999d", "", "s"]),
        ("intake.maxFileSize", ["1", "1 GB", "1gb", "1023B", "2TiB", "999999999999999999TiB"]),
        ("intake.requireReference", ["yes", "on", "1", "True", ""]),
        ("order.maxLines", ["0", "1000001", "1e3", "+5", "007", "0x10", "99999999999999999999", "5 lines", "\u{661}"]),
        ("order.currency", ["gbp", "GB", "GBPP", "G\u{C9}P"]),
        ("validate.maxAmount", ["0", "0.00", "-1", "1e5", "1,000", "1.00000", "1234567890123", ".5", "5.", "1.2.3"]),
        ("intake.possibleDuplicate", ["Hold", "keep", ""]),
        ("fulfil.warehouse", ["Warehouse", "1st", "", "a/b", "abcdefghijabcdefghijabcdefghijab"]),
        ("spool.directory", [""]),
    ])
    func valuesThatDoNotFitAreRefused(path: String, values: [String]) throws {
        for value in values {
            let problems = try complaints("", overrides: ["\(path)=\(value)"])
            #expect(problems.count == 1 && problems[0].contains(": found \"\(value)\", expected "), "\(path)=\(value): \(problems)")
        }
    }

    @Test func listsAreCheckedAsAWhole() throws {
        #expect(try loadConfiguration(overrides: ["validate.blockedCustomers=a,b c"])[Keys.Validate.blockedCustomers] == ["a", "b c"])
        #expect(try loadConfiguration(overrides: ["validate.blockedCustomers="])[Keys.Validate.blockedCustomers].isEmpty)
        let configuration = try withConfigurationFile("validate:\n  blockedCustomers: [12345, \"x,y\"]\n") { try loadConfiguration($0) }
        #expect(configuration[Keys.Validate.blockedCustomers] == ["12345", "x,y"])
        #expect(
            try complaints("", overrides: ["validate.blockedCustomers=a,,b"])[0].contains(
                "found an empty entry, expected list of customer ids"))
        #expect(try complaints("", overrides: ["validate.blockedCustomers=a,b,a"])[0].contains("found \"a\" twice"))
        #expect(try complaints("validate: {blockedCustomers: one}\n")[0].contains("found \"one\", expected list"))
        #expect(try complaints("validate: {blockedCustomers: [[a]]}\n")[0].contains("found a list with something in it"))
    }

    @Test(arguments: [
        ("intake:\n  settle:\n", "file:2:10: intake.settle: found no value, expected duration"),
        ("intake:\n  settle: [1s]\n", "file:2:11: intake.settle: found a list of 1, expected duration"),
        ("intake:\n  settle:\n    a: 1s\n", "file:3:5: intake.settle: found a section, expected duration"),
        ("intake: 5\n", "file:1:1: intake: unknown key"),
        ("- intake\n", "file:1:1: found a list of 1, expected sections"),
        ("5\n", "file:1:1: found \"5\", expected sections"),
        ("intake: {settle: 1s\n", "not YAML"),
        ("a: b: c\n", "not YAML"),
        ("intake: {}\n---\norder: {}\n", "not YAML"),
        ("? [a]\n: b\n", "found a list of 1 as a key, expected a name"),
        ("[a]: b\n", "found a list of 1 as a key, expected a name"),
        ("log: &x {level: info}\npublish: *x\n", "publish.level: unknown key"),
        ("<<: {log.level: info}\n", "<<.log.level: unknown key"),
    ])
    func filesOfTheWrongShapeAreRefusedWithTheirPlace(text: String, complaint: String) throws {
        let found = try complaints(text)
        #expect(found.contains { $0.contains(complaint) }, "\(found)")
    }

    @Test(arguments: [
        ("partners: {Acme: {order: {currency: EUR}}}\n", "\"Acme\" cannot name a partner"),
        (
            "partners: {acme: {order: {maxLines: 5}}}\n",
            "cannot be set for one partner; what can: intake.rateLimit, intake.rateBurst, intake.requireReference"
        ),
        ("partners: {acme: {order: {curency: EUR}}}\n", "unknown key; did you mean order.currency?"),
        ("partners: {acme: {colour: EUR}}\n", "unknown key; what can be set for one partner"),
        ("partners: {acme: {order: {currency: eur}}}\n", "partners.acme.order.currency: found \"eur\""),
        ("partners: 5\n", "found \"5\", expected partner names"),
        ("partners: {acme: 5}\n", "found \"5\", expected partner names"),
    ])
    func partnersOwnKeysAreChecked(text: String, complaint: String) throws {
        let found = try complaints(text)
        #expect(found.count == 1 && found[0].contains(complaint), "\(found)")
    }

    @Test(arguments: [
        ("spool.settle", "intake.settle"), ("settle", "intake.settle"), ("retry.limits", "retry.limit"), ("intake.SETTLE", "intake.settle"),
        ("payment.gatewya", "payment.gateway"), ("order.curreny", "order.currency"),
    ])
    func nearestKeyIsSuggested(mistyped: String, meant: String) throws {
        #expect(try complaints("", overrides: ["\(mistyped)=x"])[0].hasSuffix("unknown key; did you mean \(meant)?"))
    }

    @Test func keysThatContradictEachOtherAreRefused() throws {
        #expect(
            try complaints("", overrides: ["payment.gateway=socket"])[0].contains("payment.socket: is empty, but payment.gateway is socket")
        )
        #expect(try complaints("", overrides: ["payment.gateway=socket", "payment.socket=/run/pay"]).isEmpty)
        #expect(try complaints("", overrides: ["retry.base=20m"])[0].contains("retry.base: 20m is more than retry.cap, 15m"))
        #expect(
            try complaints("", overrides: ["intake.maxFileSize=1MiB"])[0].contains(
                "intake.maxOrderSize: 4MiB is more than intake.maxFileSize"))
        #expect(try complaints("", overrides: ["payment.keyLife=5s"])[0].contains("payment.timeout: 10s is more than payment.keyLife"))
    }

    @Test func filesThatCannotBeReadAreNamed() throws {
        let missing = #expect(throws: ConfigurationError.self) { try loadConfiguration("/nonexistent/orderd.yaml") }
        #expect(missing?.description == "/nonexistent/orderd.yaml: cannot be opened: No such file or directory")
        let folder = #expect(throws: ConfigurationError.self) { try loadConfiguration("/tmp") }
        #expect(folder?.description == "/tmp: cannot be read: Is a directory")
        try withConfigurationFile(bytes: Data([0x61, 0x3a, 0xff])) { path in
            let error = #expect(throws: ConfigurationError.self) { try loadConfiguration(path) }
            #expect(error?.description == "\(path): is not UTF-8 text")
        }
        try withConfigurationFile(bytes: Data(repeating: 0x23, count: ConfigurationFile.sizeLimit + 1)) { path in
            let error = #expect(throws: ConfigurationError.self) { try loadConfiguration(path) }
            #expect(error?.description.contains("is larger than 1 MiB") == true)
        }
    }

    @Test func whatIsShownOfAWrongValueIsOneShortLine() throws {
        let problems = try complaints("", overrides: ["log.level=" + String(repeating: "x", count: 500)])
        #expect(problems[0].contains("found \"\(String(repeating: "x", count: 80))...\""))
        #expect(RawValue.scalar("a\nb\u{1b}[0m").shown == "\"a\\nb\\u{1B}[0m\"")
    }
}
