import Foundation
import Ledger
import Spool
import Testing

@testable import orderd

/// The manual has everything that there is, and its readers have nothing to complain of.
@Suite struct ManualPageTests {
    private let day = "2026-11-24"

    /// A page as a reader sees it on a line without end, without fonts, and so with every word in one piece.
    private func text(_ page: ManualPage) -> String {
        var text = page.roff(day: day)
        for (mark, plain) in [
            ("\\fB", ""), ("\\fI", ""), ("\\fR", ""), ("\\-", "-"), ("\\(ti", "~"), ("\\(ga", "`"), ("\\(aq", "'"), ("\\&", ""),
            ("\\e", "\\"),
        ] {
            text = text.replacing(mark, with: plain)
        }
        return text.replacing("\n", with: " ")
    }

    @Test func theManualOfTheProgramHasEveryVerbAndOption() throws {
        let tree = try CommandTree.orderd()
        let page = ManualPage.command(tree)
        let all = text(page)
        let parts = all.components(separatedBy: ".SS ")
        #expect(tree.all.count > 30)
        for verb in tree.all where verb.commandName != "orderd" {
            let call = verb.call
            let part = try #require(
                parts.first { $0.hasPrefix("\"\(call)\"") },
                "orderd(1) has no part about \(call): is it in a group of Orderd.configuration?")
            #expect(part.contains(verb.abstract ?? "nothing"))
            for argument in verb.arguments ?? [] where argument.shouldDisplay {
                let meaning = argument.meaning.filter { $0 != "`" }
                let place = part.contains(meaning.prefix(40)) ? part : parts[0]
                #expect(!meaning.isEmpty, "\(call) does not explain \(argument.term)")
                #expect(place.contains(meaning), "orderd(1) does not explain \(argument.term) of \(call)")
                for spelling in argument.spellings {
                    #expect(place.contains(spelling), "orderd(1) has no \(spelling) of \(call)")
                }
                // What is not common to all verbs stands in the verb's own line.
                if place == part { #expect(part.contains(argument.spellings.first ?? argument.valueName ?? "nothing")) }
            }
        }
        // A verb that nobody is to use by hand is in no list.
        #expect(!all.contains("orderd generate"))
    }

    @Test func theManualOfTheConfigurationHasEveryKey() {
        let page = text(.configuration())
        for key in Keys.all {
            #expect(page.contains(".TP \(key.path) \(key.meaning) Default: "), "orderd.yaml(5) has no \(key.path)")
            #expect(page.contains("Variable: \(key.environmentName)."))
        }
        for section in Keys.sections { #expect(page.contains(".SH \(section.name.uppercased()) \(section.about)")) }
    }

    @Test func theManualOfTheSpoolHasEveryDirectory() throws {
        let page = text(.spool())
        let spool = try CommandSpool.withAcme()
        let listing = try #require(FileManager.default.enumerator(atPath: spool.root))
        for case let path as String in listing {
            var isDirectory: ObjCBool = false
            guard FileManager.default.fileExists(atPath: "\(spool.root)/\(path)", isDirectory: &isDirectory), isDirectory.boolValue else {
                continue
            }
            let parts = path.split(separator: "/")
            // The names of partners and days are no names of the tree.
            for part in parts
            where part != "acme" && part != "warehouse" && part.first.map({ !"0123456789".contains($0) || parts[0] == "queue" }) == true {
                #expect(page.contains("\(part)/"), "orderd-spool(7) does not know \(path)")
            }
        }
        for row in Ownership.all {
            #expect(
                (row.pattern.isEmpty || page.contains(row.pattern)) && page.contains(row.why),
                "orderd-spool(7) does not have the owner of \(row.pattern)")
        }
        for verdict in Verdict.allCases { #expect(page.contains(".TP \(verdict.rawValue) ")) }
        for suffix in temporarySuffixes { #expect(page.contains("\(suffix)")) }
    }

    /// The words about receipts and moves are those of the other pages.
    @Test func theManualSaysWhatThePagesSay() throws {
        let formats = try contents(of: packageRoot().appending(path: "docs/formats.md"))
        for term in SpoolText.verdicts + SpoolText.witnesses {
            let start = "| \(term.term) | \(term.text.prefix { $0 != ":" && $0 != "." })"
            #expect(formats.contains(start), "docs/formats.md does not have \(start)")
        }
        #expect(try contents(of: packageRoot().appending(path: "docs/operate.md")).contains(MovesByHand.markdown))
        #expect(try contents(of: packageRoot().appending(path: "docs/operate.md")).contains(MovesByHand.meanings))
    }

    @Test func readersOfTheManualHaveNothingToComplainOf() throws {
        for page in try ManualPage.all() {
            let roff = page.roff(day: day)
            for line in roff.split(separator: "\n", omittingEmptySubsequences: false) {
                #expect(!line.hasSuffix(" "), "\(page.name): \(line)")
            }
            #expect(roff.utf8.allSatisfy { $0 < 128 }, "roff is ASCII")
        }
    }

    @Test(.enabled(if: hasTools("man", "mandoc"), "man-db and mandoc are not installed"))
    func manAndMandocReadThePagesWithoutAWord() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "orderd-manual-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        for page in try ManualPage.all() {
            let file = folder.appending(path: "\(page.name).\(page.section)")
            try Data(page.roff(day: day).utf8).write(to: file)
            let lint = try Tool.run("mandoc", "-T", "lint", file.path)
            #expect(lint.code == 0 && lint.text.isEmpty, "\(lint.text)")
            let man = try Tool.run("man", "--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-Z", file.path)
            #expect(man.code == 0 && man.errors.isEmpty, "\(man.errors)")
            let shown = try Tool.run("man", "-l", file.path)
            #expect(shown.text.split(whereSeparator: \.isWhitespace).joined(separator: " ").contains(page.summary))
        }
    }

    /// A page with a fault is complained of: otherwise the test above would see nothing.
    @Test(.enabled(if: hasTools("man", "mandoc"), "man-db and mandoc are not installed"))
    func aFaultyPageIsComplainedOf() throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "orderd-faulty-\(UUID().uuidString).1")
        defer { try? FileManager.default.removeItem(at: file) }
        try Data((ManualPage.configuration().roff(day: day) + ".NOSUCH\n").utf8).write(to: file)
        #expect(try !Tool.run("mandoc", "-T", "lint", file.path).text.isEmpty)
        #expect(try !Tool.run("man", "--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-Z", file.path).errors.isEmpty)
    }
}
