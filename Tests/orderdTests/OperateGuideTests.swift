import Foundation
import Testing

@testable import orderd

/// The commands of `docs/operate.md`. To run them takes root, systemd-nspawn and a package: ORDERD_DEB names it, else one in `.build/` is taken,
/// where `make deb` puts it.
@Suite struct OperateGuideTests {
    private static var package: String? {
        if let named = ProcessInfo.processInfo.environment["ORDERD_DEB"] { return named }
        guard let build = try? packageRoot().appending(path: ".build").path else { return nil }
        for folder in [build, build + "/deb", build + "/package"] {
            let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
            if let name = names.sorted().last(where: { $0.hasPrefix("orderd_") && $0.hasSuffix(".deb") }) { return "\(folder)/\(name)" }
        }
        return nil
    }

    private static let canRun = package != nil && Rigs.ends("../service/operate-guide.py", "--probe")

    @Test(.enabled(if: canRun, "no package in .build/ and no ORDERD_DEB, or not root, or no systemd-nspawn or overlay here"))
    func everyCommandOfThePageDoesWhatItSays() async throws {
        let (code, told) = try await Rigs.run("../service/operate-guide.py", "--deb", try #require(Self.package))
        #expect(code == 0, "\(told)")
        #expect(told.contains("from the bare machine to the first receipt: "), "\(told)")
    }

    /// The rig notices that no receipt comes.
    @Test(.enabled(if: canRun, "no package in .build/ and no ORDERD_DEB, or not root, or no systemd-nspawn or overlay here"))
    func withoutADaemonThereIsNoReceipt() async throws {
        let (code, told) = try await Rigs.run("../service/operate-guide.py", "--deb", try #require(Self.package), "--control")
        #expect(code == 1, "\(told)")
        #expect(told.contains("problem: no receipt came"), "\(told)")
    }

    /// On every machine: what stands on the pages as a command of orderd's is one, with options that it takes.
    @Test(arguments: ["operate", "integrate", "recover", "doctor", "partners", "payment-gateway", "formats"])
    func commandsOnThePagesAreCommandsOfTheProgram(page: String) throws {
        let file = try packageRoot().appending(path: "docs/\(page).md")
        guard FileManager.default.fileExists(atPath: file.path) else { return }
        let tree = try CommandTree.orderd()
        for line in try contents(of: file).split(separator: "\n") {
            // In a fence, or indented by four: a line of its own.
            for part in line.split(whereSeparator: { "|&;".contains($0) }) {
                let words = part.prefix { $0 != "#" }.split(separator: " ").map(String.init)
                guard line.hasPrefix("    orderd ") || line.hasPrefix("orderd "), words.first == "orderd", words.count > 1 else { continue }
                if let fault = tree.fault(in: Array(words.dropFirst())) { Issue.record("docs/\(page).md: \(line): \(fault)") }
            }
        }
    }

    @Test(arguments: [
        (["partner", "ad", "acme"], true), (["partner", "add", "acme", "--keys", "x"], true), (["runn"], true),
        (["partner", "add", "acme", "--key", "x"], false), (["check", "--quick"], false), (["generate", "x"], false),
    ])
    func aWrongCommandIsNoticed(words: [String], isWrong: Bool) throws {
        #expect((try CommandTree.orderd().fault(in: words) != nil) == isWrong)
    }
}

extension CommandTree {
    /// What is wrong with a command's verbs and options; nil where they are known.
    fileprivate func fault(in words: [String]) -> String? {
        var verb = self
        var rest = words[...]
        while let below = verb.subcommands, !below.isEmpty, let word = rest.first {
            guard let next = below.first(where: { $0.commandName == word }) else {
                return word.hasPrefix("-") ? nil : "there is no verb \(word)"
            }
            (verb, rest) = (next, rest.dropFirst())
        }
        let known = Set((verb.arguments ?? []).flatMap(\.spellings))
        let unknown = rest.filter { $0.hasPrefix("--") }.map { String($0.prefix { $0 != "=" }) }.first { !known.contains($0) }
        return unknown.map { "\(verb.call) has no \($0)" }
    }
}
