import Foundation

/// A page of `docs/` in which a table is generated from the code. `make pages` writes it (it runs the tests of such pages with
/// `UPDATE_PAGES=1`); without that a test compares.
public struct GeneratedPage: Sendable {
    private let file: URL

    /// The page at a path below the package's root.
    public init(_ path: String) { file = URL(filePath: Self.root).appending(path: path) }

    /// The directory with the manifest.
    public static var root: String {
        URL(filePath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().path
    }

    /// The whole page.
    public var text: String {
        get throws { try String(contentsOf: file, encoding: .utf8) }
    }

    /// The first run of lines behind `start` that begin as this text does: to be what was generated. Where pages are to be written, it is put
    /// there first.
    ///
    /// - Parameters:
    ///   - start: text of the page before the table or block, such as a heading.
    ///   - generated: the lines that belong there, without an end of line at the end.
    ///   - end: what ends the lines: an empty line, or a code block's end.
    /// - Returns: whether the page has it now.
    public func holds(_ generated: String, after start: String, until end: String = "\n\n") throws -> Bool {
        var page = try text
        guard let heading = page.range(of: start), let first = generated.split(separator: "\n").first,
            let begin = page.range(of: first, range: heading.upperBound..<page.endIndex),
            let last = page.range(of: end, range: begin.lowerBound..<page.endIndex)
        else { return false }
        if ProcessInfo.processInfo.environment["UPDATE_PAGES"] == "1" {
            page.replaceSubrange(begin.lowerBound..<last.lowerBound, with: generated)
            try Data(page.utf8).write(to: file)
            return true
        }
        return page[begin.lowerBound..<last.lowerBound] == generated
    }
}
