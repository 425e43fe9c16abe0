import Foundation
import Glibc
import Orders
import Spool
import Testing

@testable import orderd

/// The `orderd` that was built beside these tests, as people run it, in a spool of the test's own.
///
/// Output is shown with what differs from run to run replaced: ids by `<order 1>`, `<drop 1>` in the order in which they appear, times by
/// `<time>`, the spool's path by `SPOOL`, the user by `<user>`. Ids so named can stand in later commands.
final class CommandSpool {
    let folder: String
    private var ids: [(name: String, id: String)] = []
    private var children: [Child] = []
    private var runs = 0

    init() throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("orderd-command-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        // Neither the machine's configuration nor the shell's variables are to be seen.
        try Data("# nothing is set\n".utf8).write(to: URL(fileURLWithPath: folder + "/orderd.yaml"))
    }

    deinit {
        for child in children { child.kill() }
        try? FileManager.default.removeItem(atPath: folder)
    }

    var root: String { folder + "/spool" }

    /// A spool with the partner acme.
    static func withAcme() throws -> CommandSpool {
        let spool = try CommandSpool()
        try spool.must("init", spool.root)
        try spool.must("partner", "add", "acme")
        return spool
    }

    // MARK: Running

    struct Output {
        let code: Int32
        let out: String
        let err: String

        var lines: [String] { out.split(separator: "\n").map(String.init) }
        var objects: [JSONValue] { lines.compactMap { try? JSONValue.parse(Array($0.utf8)) } }
    }

    /// Runs a verb, with `--spool` where it is not given.
    @discardableResult
    func run(_ arguments: String..., input: String = "") throws -> Output { try run(arguments, input: input) }

    func run(_ arguments: [String], input: String = "") throws -> Output {
        let child = try start(arguments, input: input)
        let code = try #require(child.wait(), "orderd \(arguments.joined(separator: " ")) did not end")
        return Output(code: code, out: child.out, err: child.err)
    }

    /// Runs a verb that is no test's matter, and must not fail.
    @discardableResult
    func must(_ arguments: String..., input: String = "") throws -> Output {
        let output = try run(arguments, input: input)
        try #require(output.code == 0, "orderd \(arguments.joined(separator: " ")): \(output.err)")
        return output
    }

    /// - Parameter log: where standard error goes, instead of a file that ``Child/err`` reads.
    /// - Parameter environment: variables beside those that every verb gets, as `NAME=value`.
    func start(_ arguments: [String], input: String = "", log: String? = nil, environment: [String] = []) throws -> Child {
        runs += 1
        if let log { try FileManager.default.createSymbolicLink(atPath: "\(folder)/\(runs).err", withDestinationPath: log) }
        let needsSpool =
            !arguments.contains("--spool")
            && arguments.first.map { !$0.hasPrefix("-") && !["init", "help", "generate"].contains($0) } == true
        let all = arguments + (needsSpool ? ["--spool", root] : [])
        try Data(input.utf8).write(to: URL(fileURLWithPath: "\(folder)/\(runs).in"))
        let child = try Child(
            all, files: "\(folder)/\(runs)", environment: ["ORDERD_CONFIG=\(folder)/orderd.yaml", "TMPDIR=\(folder)"] + environment)
        children.append(child)
        return child
    }

    /// A daemon that answers on its socket.
    func startDaemon(_ options: String...) throws -> Child {
        let child = try start(["run", "--set", "log.level=warning"] + options)
        try #require(waitUntil { child.hasEnded || (try? self.connect()) ?? nil != nil })
        try #require(!child.hasEnded, "the daemon ended: \(child.err)")
        return child
    }

    func connect() throws -> ControlClient? { try ControlClient.connect(try SpoolTree(root: root, files: SystemFiles())) }

    // MARK: Files

    /// Drops a file as a careful client does.
    func drop(_ content: String, as name: String, partner: String = "acme", in directory: String = "orders") throws {
        let folder = "\(root)/partners/\(partner)/\(directory)"
        try Data(content.utf8).write(to: URL(fileURLWithPath: "\(folder)/.\(name).part"))
        try #require(rename("\(folder)/.\(name).part", "\(folder)/\(name)") == 0)
    }

    func write(_ content: String, to name: String) throws -> String {
        try Data(content.utf8).write(to: URL(fileURLWithPath: "\(folder)/\(name)"))
        return "\(folder)/\(name)"
    }

    func read(_ path: String) throws -> String { try String(contentsOfFile: "\(root)/\(path)", encoding: .utf8) }
    func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: "\(root)/\(path)") }
    func names(_ path: String) throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: "\(root)/\(path)").sorted() }

    /// The ids of all orders, in order of arrival.
    func orderIDs() throws -> [String] { try must("list", "--json").objects.compactMap { $0["orderId"]?.text } }

    /// Types of the journal's events, and the members of `data` of each, but for the first.
    func journal() throws -> [(type: String, data: JSONValue)] {
        var events: [(type: String, data: JSONValue)] = []
        for day in try names("journal") {
            for file in try names("journal/\(day)") {
                for line in try read("journal/\(day)/\(file)").split(separator: "\n") {
                    let value = try JSONValue.parse(Array(line.utf8))
                    events.append((value["type"]?.text ?? "", value["data"] ?? .null))
                }
            }
        }
        return events
    }

    // MARK: Scripts

    /// Runs a script: lines that begin with `$ ` are commands, those below each must be what it prints, standard output first; an exit
    /// code that is not 0 is printed as `(exit 1)`. Commands are split at blanks, with single quotes.
    func script(_ text: String, _ location: SourceLocation = #_sourceLocation) throws {
        var expected = ""
        var found = ""
        let text = text.hasSuffix("\n") ? text.dropLast() : text[...]
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            expected += line + "\n"
            guard line.hasPrefix("$ ") else { continue }
            let words = Self.words(named(String(line.dropFirst(2)))).dropFirst()
            let output = try run(Array(words))
            found += line + "\n" + shown(output.out) + shown(output.err) + (output.code == 0 ? "" : "(exit \(output.code))\n")
        }
        #expect(found == expected, sourceLocation: location)
    }

    /// Text with ids in the place of their names.
    func named(_ text: String) -> String {
        ids.reduce(text) { $0.replacingOccurrences(of: $1.name, with: $1.id) }.replacingOccurrences(of: "SPOOL", with: root)
            .replacingOccurrences(of: "FOLDER", with: folder)
    }

    /// Text with names in the place of ids and times.
    func shown(_ text: String) -> String {
        for match in text.matches(of: /(ord|drp)_[0-9a-hjkmnp-tv-z]{26}/) where !ids.contains(where: { $0.id == match.output.0 }) {
            let kind = match.output.1 == "ord" ? "order" : "drop"
            ids.append(("<\(kind) \(ids.count { $0.name.hasPrefix("<" + kind) } + 1)>", String(match.output.0)))
        }
        var text = ids.reduce(text) { $0.replacingOccurrences(of: $1.id, with: $1.name) }.replacingOccurrences(of: root, with: "SPOOL")
            .replacingOccurrences(of: folder, with: "FOLDER").replacingOccurrences(of: Asker.own, with: "<user>")
        text.replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z( \([^()]*\))?/, with: "<time>")
        text.replace(/\d{8}T\d{6}\.\d{3}Z/, with: "<time>")
        text.replace(/\d{4}-\d\d-\d\d/, with: "<day>")
        text.replace(/followed \d+ events, compared \d+ rows/, with: "followed <n> events, compared <n> rows")
        text.replace(/pid=\d+ since=\S+Z/, with: "pid=<pid>")
        return text
    }

    private static func words(_ line: String) -> [String] {
        var words: [String] = []
        for (index, part) in line.split(separator: "'", omittingEmptySubsequences: false).enumerated() {
            if index % 2 == 1 { words.append(String(part)) } else { words += part.split(separator: " ").map(String.init) }
        }
        return words
    }
}

/// A running `orderd`. Its output goes into files, so that none of it can block.
final class Child {
    let process: pid_t
    private let files: String
    private var code: Int32?

    /// - Parameter files: the path that `.in`, `.out` and `.err` are put behind.
    init(_ arguments: [String], files: String, environment: [String]) throws {
        self.files = files
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, files + ".in", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, files + ".out", O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        posix_spawn_file_actions_addopen(&actions, 2, files + ".err", O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        let binary = try Self.binary()
        var words: [UnsafeMutablePointer<CChar>?] = ([binary] + arguments).map { strdup($0) } + [nil]
        var variables: [UnsafeMutablePointer<CChar>?] =
            (environment + ["PATH=/usr/bin:/bin"] + Self.sanitizer).map { strdup($0) } + [nil]
        defer { for pointer in words + variables { free(pointer) } }
        var process: pid_t = 0
        let result = posix_spawn(&process, binary, &actions, nil, &words, &variables)
        guard result == 0 else { throw FileError(call: "posix_spawn", path: binary, code: result) }
        self.process = process
    }

    /// Where the tests run under a sanitizer, it wants its options in what they start too.
    private static let sanitizer = ["TSAN_OPTIONS", "ASAN_OPTIONS"].compactMap { name in
        ProcessInfo.processInfo.environment[name].map { "\(name)=\($0)" }
    }

    var out: String { (try? String(contentsOfFile: files + ".out", encoding: .utf8)) ?? "" }
    var err: String { (try? String(contentsOfFile: files + ".err", encoding: .utf8)) ?? "" }

    /// Whether it has ended.
    var hasEnded: Bool {
        if code != nil { return true }
        var status: Int32 = 0
        guard waitpid(process, &status, WNOHANG) == process else { return false }
        // What ended it by a signal is told as a shell does.
        code = status & 0x7F == 0 ? (status >> 8) & 0xFF : 128 + (status & 0x7F)
        return true
    }

    /// Its exit code; nil where it does not end in time.
    func wait() -> Int32? { waitUntil { hasEnded } ? code : nil }

    func signal(_ number: Int32) { if !hasEnded { Glibc.kill(process, number) } }

    func kill() {
        signal(SIGKILL)
        _ = wait()
    }

    /// `orderd` in the directory of the running test program.
    static func binary() throws -> String {
        let places = [CommandLine.arguments[0]] + CommandLine.arguments.filter { $0.hasSuffix(".xctest") } + [Bundle.main.bundlePath]
        for place in places {
            var folder = URL(fileURLWithPath: place)
            for _ in 0..<4 {
                folder.deleteLastPathComponent()
                let candidate = folder.appendingPathComponent("orderd").path
                var isDirectory: ObjCBool = false
                if FileManager.default.fileExists(atPath: candidate, isDirectory: &isDirectory), !isDirectory.boolValue { return candidate }
            }
        }
        throw NoProgram(places: places)
    }
}

struct NoProgram: Error { let places: [String] }

/// Waits until a condition holds; false where it does not within the time, which only a failing test uses up.
func waitUntil(within seconds: Int64 = 60, _ condition: () throws -> Bool) rethrows -> Bool {
    let clock = SystemClock()
    let deadline = clock.bootNanoseconds() + seconds * 1_000_000_000
    while clock.bootNanoseconds() < deadline {
        if try condition() { return true }
        poll(nil, 0, 2)
    }
    return false
}

/// Orders as JSON.
enum SampleOrder {
    static func text(_ reference: String, product: String = "PEN", quantity: Int = 2, price: String = "1.50", total: String = "3.00")
        -> String
    {
        """
        {"customerId":"c1","orderReference":"\(reference)","items":[{"productId":"\(product)","quantity":\(quantity),"price":\(price)}],\
        "totalAmount":\(total)}
        """
    }

    static func free(_ reference: String) -> String { text(reference, price: "0", total: "0") }
}
