import Foundation
import Reports
import Testing

@testable import orderd

/// The committed pages are what the table of keys gives. `make pages` writes them (it runs these tests with UPDATE_PAGES=1).
@Suite struct ConfigurationPagesTests {
    @Test(arguments: [
        ("docs/configuration.md", Configuration.documentationMarkdown), ("etc/orderd.yaml", Configuration.commentedYAML),
    ])
    func committedPageIsTheGeneratedOne(path: String, generate: @Sendable () -> String) throws {
        let file = try packageRoot().appending(path: path)
        if ProcessInfo.processInfo.environment["UPDATE_PAGES"] == "1" {
            try Data(generate().utf8).write(to: file)
        }
        #expect(try contents(of: file) == generate(), "\(path) is not what the table of keys gives; run `make pages`")
    }

    /// The table of owners and modes in `docs/operate.md`, from its head to the next empty line.
    @Test func administratorsPageHasTheTableOfOwners() throws {
        let file = try packageRoot().appending(path: "docs/operate.md")
        var page = try contents(of: file)
        let start = try #require(page.range(of: "| what | owner:group mode |"))
        let end = try #require(page.range(of: "\n\n", range: start.lowerBound..<page.endIndex))
        if ProcessInfo.processInfo.environment["UPDATE_PAGES"] == "1" {
            page.replaceSubrange(start.lowerBound..<end.lowerBound, with: Ownership.markdown)
            try Data(page.utf8).write(to: file)
        }
        #expect(page.contains("\n\(Ownership.markdown)\n\n"), "docs/operate.md does not have the table of owners; run `make pages`")
    }

    /// The templates of the report, to copy from.
    @Test(arguments: ReportTemplates.builtIn.keys.sorted()) func committedTemplateIsTheOneThatComesWithOrderd(name: String) throws {
        let file = try packageRoot().appending(path: "etc/templates/\(name).mustache")
        let text = try #require(ReportTemplates.builtIn[name])
        if ProcessInfo.processInfo.environment["UPDATE_PAGES"] == "1" { try Data(text.utf8).write(to: file) }
        #expect(try contents(of: file) == text, "etc/templates/\(name).mustache is not the one in Sources/Reports; run `make pages`")
    }

    @Test func administratorsFileIsAllDefaults() throws {
        let configuration = try withConfigurationFile(Configuration.commentedYAML()) { try loadConfiguration($0) }
        #expect(configuration == Configuration())
    }

    @Test func administratorsFileHoldsEveryKeyAtItsDefault() throws {
        // A comment has one blank behind its sign; a key has none, or several where it stands below another one.
        let uncommented = Configuration.commentedYAML().replacingOccurrences(
            of: #"(?m)^  #(?! \S)"#, with: "  ", options: .regularExpression)
        let configuration = try withConfigurationFile(uncommented) { try loadConfiguration($0) }
        #expect(Set(configuration.settings.keys) == Set(Keys.all.map(\.path)))
        #expect(configuration.changes == ["partners.acme.order.currency": "EUR"])
    }

    @Test func pagesNameEveryKey() {
        for key in Keys.all {
            #expect(Configuration.documentationMarkdown().contains("\n### \(key.path)\n"))
            #expect(Configuration.helpText().contains("\n  \(key.path) "))
        }
    }
}
