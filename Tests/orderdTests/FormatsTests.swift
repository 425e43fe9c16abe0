import Foundation
import Testing

/// What scripts rely on: real output of the built program is held to the schemas and to the page that describes it.
@Suite("Formats that scripts rely on")
struct FormatsTests {
    private static let hasValidator = (try? run("python3", ["-c", "import jsonschema; jsonschema.Draft202012Validator"]).status) == 0

    /// Validates files of a spool, and what standard input adds, against `etc/schema`. Members that no schema names are faults here, though
    /// readers must let them pass: a member that nobody described would become part of the format unseen.
    private static let program = #"""
        import glob, json, os, sys, jsonschema
        schemas, spool = sys.argv[1:3]
        def close(node):
            if isinstance(node, dict):
                if "properties" in node and "type" in node: node.setdefault("additionalProperties", False)
                for value in node.values(): close(value)
            elif isinstance(node, list):
                for value in node: close(value)
        validators = {}
        for path in glob.glob(schemas + "/*.schema.json"):
            schema = json.load(open(path))
            jsonschema.Draft202012Validator.check_schema(schema)
            if not path.endswith("order.schema.json"): close(schema)
            validators[os.path.basename(path).split(".")[0]] = jsonschema.Draft202012Validator(schema)
        seen = {}
        def check(name, text, place):
            seen[name] = seen.get(name, 0) + 1
            for error in validators[name].iter_errors(json.loads(text)):
                print(f"{place}: {error.json_path}: {error.message[:300]}")
        def files(name, pattern, lines=False):
            for path in sorted(glob.glob(os.fsencode(spool + "/" + pattern))):
                with open(path, "rb") as file:
                    for text in (file.read().splitlines() if lines else [file.read()]): check(name, text, path)
        files("receipt", "partners/*/receipts/*/*.json")
        files("status", "partners/*/status/ord_*.json")
        files("uploads", "partners/*/status/uploads.json")
        files("pick", "partners/*/pick/*.json")
        files("reason", "queue/*/*.reason.json")
        files("state", "state/status.json")
        files("event", "journal/*/*.ndjson", lines=True)
        for line in sys.stdin: check("status", line, "list --json")
        print("seen " + " ".join(f"{name}={seen[name]}" for name in sorted(seen)))
        """#

    @Test(.enabled(if: hasValidator, "python3 has no jsonschema here"))
    func realOutputFitsTheSchemas() throws {
        let spool = try FormatSpool()
        try spool.work()
        let list = try spool.orderd(["list", "--json"]).output
        let schemas = try packageRoot().appending(path: "etc/schema").path
        let result = try Self.run("python3", ["-c", Self.program, schemas, spool.path], input: list)
        let lines = result.output.split(separator: "\n")
        #expect(result.status == 0)
        #expect(lines.dropLast() == [])
        let seen = try #require(lines.last)
        for name in ["event", "pick", "reason", "receipt", "state", "status", "uploads"] { #expect(seen.contains(" \(name)="), "\(seen)") }
    }

    @Test func aStatusFileAndTheVerbSayTheSame() throws {
        let spool = try FormatSpool()
        try spool.work()
        let file = try #require(try spool.names("partners/acme/status").first)
        let shown = try spool.orderd(["status", String(file.dropLast(5)), "--json"])
        #expect(shown.status == 0)
        #expect(try shown.output == String(contentsOfFile: spool.path + "/partners/acme/status/" + file, encoding: .utf8))
    }

    @Test func everyMemberMetricAndReasonIsDescribed() throws {
        let spool = try FormatSpool()
        try spool.work()
        let page = try contents(of: try packageRoot().appending(path: "docs/formats.md"))
        let order = String(try #require(try spool.names("partners/acme/status").first).dropLast(5))
        let verbs = [
            ["list"], ["status", order], ["why", order], ["why", "several.ndjson"], ["queue"], ["queue", "--by", "partner"], ["alerts"],
            ["stock", "list"], ["partner", "list"],
            ["partner", "show", "acme"], ["partner", "disable", "acme"], ["pause", "--step", "charge"], ["stock", "set", "PEN", "7"],
            ["check"], ["doctor"], ["export"],
            ["audit", "verify"], ["config", "show"], ["rebuild"], ["resume"],
        ]
        for verb in verbs {
            let result = try spool.orderd(verb + ["--json"])
            #expect(result.status == 0, "\(verb): \(result.output)")
            for line in result.output.split(separator: "\n") {
                let object = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any], "\(verb): \(line)")
                for name in object.keys { #expect(page.contains("`\(name)`"), "\(verb.joined(separator: " ")): \(name)") }
            }
        }
        let metrics = try String(contentsOfFile: spool.path + "/metrics/orderd.prom", encoding: .utf8)
        let metricsPage = try contents(of: try packageRoot().appending(path: "docs/metrics.md"))
        let types = metrics.split(separator: "\n").filter { $0.hasPrefix("# TYPE ") }.map { $0.split(separator: " ") }
        #expect(types.count > 30)
        for type in types { #expect(metricsPage.contains("| `\(type[2])` | \(type[3]) |"), "\(type[2])") }
        // Reasons are stable words in the sources; the page has each.
        let sources = try packageRoot().appending(path: "Sources/Stages")
        let paths = FileManager.default.subpaths(atPath: sources.path) ?? []
        var reasons: Set<String> = []
        for path in paths where path.hasSuffix(".swift") {
            for match in try contents(of: sources.appending(path: path)).matches(of: /Reason\(\s*"([a-z-]+)"/) {
                reasons.insert(String(match.1))
            }
        }
        #expect(reasons.count > 10)
        for reason in reasons { #expect(page.contains("`\(reason)`"), "\(reason)") }
    }

    @Test func promisesNameTestsThatExistAndPagesLinkToFilesThatDo() throws {
        let root = try packageRoot()
        var tests: Set<String> = []
        for path in FileManager.default.subpaths(atPath: root.appending(path: "Tests").path) ?? [] where path.hasSuffix(".swift") {
            for match in try contents(of: root.appending(path: "Tests/" + path)).matches(of: /func (\w+)/) { tests.insert(String(match.1)) }
        }
        let named = try contents(of: root.appending(path: "docs/promises.md")).matches(of: /`([a-z]\w{11,})`/).map { String($0.1) }
        #expect(named.count > 80)
        for name in named { #expect(tests.contains(name), "docs/promises.md names \(name)") }
        let pages = try FileManager.default.contentsOfDirectory(atPath: root.appending(path: "docs").path).map { "docs/" + $0 }
        for page in pages + ["README.md", "CHANGELOG.md"] where page.hasSuffix(".md") {
            let folder = root.appending(path: page).deletingLastPathComponent()
            for match in try contents(of: root.appending(path: page)).matches(of: /\]\(([^)#:]+)(#[^)]*)?\)/) {
                #expect(FileManager.default.fileExists(atPath: folder.appending(path: String(match.1)).path), "\(page): \(match.1)")
            }
        }
    }

    fileprivate static func run(
        _ program: String, _ arguments: [String], input: String? = nil, environment: [String: String]? = nil, in directory: String? = nil
    ) throws -> (status: Int32, output: String) {
        let process = Process()
        process.executableURL = URL(filePath: program.contains("/") ? program : "/usr/bin/env")
        process.arguments = program.contains("/") ? arguments : [program] + arguments
        if let environment { process.environment = environment }
        if let directory { process.currentDirectoryURL = URL(filePath: directory) }
        // Through files: two pipes can fill up and wait for each other.
        let place = FileManager.default.temporaryDirectory.appending(path: "orderd-formats-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: place) }
        let output = place.appending(path: "output")
        try Data((input ?? "").utf8).write(to: place.appending(path: "input"))
        try Data().write(to: output)
        process.standardInput = try FileHandle(forReadingFrom: place.appending(path: "input"))
        process.standardOutput = try FileHandle(forWritingTo: output)
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        return (process.terminationStatus, try String(contentsOf: output, encoding: .utf8))
    }
}

/// A spool that the built program has worked in: an order in every state, and a file of every verdict.
private final class FormatSpool {
    let path: String
    private let root: String

    init() throws {
        root = FileManager.default.temporaryDirectory.appending(path: "orderd-formats-\(UUID().uuidString)").path
        path = root + "/spool"
        try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true)
        let configuration = """
            intake: {settle: 0ms, resumeDeadline: 0s, diskReserve: 0B}
            payment: {gateway: simulated}
            """
        try Data((configuration + "\n").utf8).write(to: URL(filePath: root + "/orderd.yaml"))
    }

    deinit { try? FileManager.default.removeItem(atPath: root) }

    /// The program beside the test bundle, or in the package's own build directory.
    private static func program() throws -> String {
        let bundle = CommandLine.arguments.first { $0.contains(".xctest") }
        let near = bundle.map { text in
            URL(filePath: String(text.prefix(upTo: text.range(of: ".xctest")?.lowerBound ?? text.endIndex))).deletingLastPathComponent()
                .path
        }
        let places = [near, try packageRoot().appending(path: ".build/debug").path].compactMap { $0.map { $0 + "/orderd" } }
        return try #require(places.first { FileManager.default.isExecutableFile(atPath: $0) }, "no built orderd in \(places)")
    }

    func orderd(_ verb: [String]) throws -> (status: Int32, output: String) {
        try FormatsTests.run(
            try Self.program(), verb + ["--spool", path, "--config", root + "/orderd.yaml"], environment: ["PATH": "/usr/bin:/bin"],
            in: root)
    }

    func names(_ directory: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: path + "/" + directory).sorted()
    }

    private func drop(_ name: String, _ text: String, into directory: String = "orders") throws {
        try Data(text.utf8).write(to: URL(filePath: "\(path)/partners/acme/\(directory)/\(name)"))
    }

    private func must(_ verb: [String]) throws {
        let result = try orderd(verb)
        #expect(result.status == 0, "\(verb): \(result.output)")
    }

    private func line(_ reference: String, price: String = "1.50", token: String = "tok_fine", more: String = "") -> String {
        #"{"customerId":"demo","orderReference":"\#(reference)","items":[{"productId":"PEN","quantity":1,"price":\#(price)}],"#
            + #""payment":{"method":"card","token":"\#(token)"},\#(more)"totalAmount":\#(price)}"#
    }

    /// Drops, drains, moves by hand, drains again.
    func work() throws {
        try must(["init", path])
        try must(["partner", "add", "acme"])
        try must(["stock", "set", "PEN", "100"])
        try drop("first.json", line("first", more: #""shipTo":{"city":"Bath"},"notes":"ring twice","priority":5,"#))
        try must(["run", "--drain"])
        try drop("again.json", line("first", more: #""shipTo":{"city":"Bath"},"notes":"ring twice","priority":5,"#))
        try drop("conflict.json", line("first", price: "2.00"))
        try drop(
            "several.ndjson",
            [
                line("plain"), line("zero", price: "0"), line("give-up", price: "0"), line("cancel", price: "0"), line("stays", price: "0"),
                line("declined", token: "tok_declined"), line("deferred", token: "tok_unavailable"), #"{"customerId":7}"#,
            ].joined(separator: "\n"))
        try drop("no-reference.json", line("x").replacingOccurrences(of: #""orderReference":"x","#, with: ""))
        try drop("bad.json", "[{]")
        try drop("notes.txt", "hello")
        try drop("question.json", "{}", into: "questions")
        try FormatsTests.runShell("printf '%s' '\(line("bytes"))' > \"$(printf 'caf\\351.json')\"", in: path + "/partners/acme/orders")
        try must(["run", "--drain"])
        // By hand, while no daemon runs: the next one takes the positions for commands.
        for (reference, directory) in [("give-up", "failed"), ("cancel", "compensate"), ("zero", "1-validate")] {
            let id = try id(reference)
            try FileManager.default.moveItem(atPath: "\(path)/queue/hold/\(id).json", toPath: "\(path)/queue/\(directory)/\(id).json")
        }
        try must(["run", "--drain"])
        try FormatsTests.runShell(
            "printf '[' > \"$(printf 'caf\\351.ndjson')\" && printf '[' > cut.json", in: path + "/partners/acme/orders")
        try must(["run", "--drain", "--set", "intake.resumeDeadline=10m"])
        try must(["pause", "--intake", "--reason", "stocktaking"])
    }

    private func id(_ reference: String) throws -> String {
        let lines = try orderd(["list", "--json"]).output.split(separator: "\n")
        let line = try #require(lines.first { $0.contains("\"orderReference\":\"\(reference)\"") }, "no order \(reference)")
        let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
        return try #require(object?["orderId"] as? String)
    }
}

extension FormatsTests {
    /// For names that Foundation cannot write: they are no text.
    fileprivate static func runShell(_ command: String, in directory: String) throws {
        #expect(try run("bash", ["-c", command], in: directory).status == 0)
    }
}
