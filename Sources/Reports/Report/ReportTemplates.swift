import Mustache

/// The templates that pages are made with: those that come with orderd, and a company's own in place of some or all of them.
///
/// They are Mustache. `{{name}}` escapes what it shows; `{{{chart}}}` is for charts alone, which orderd has escaped itself.
public struct ReportTemplates: Sendable {
    /// A template that cannot be used.
    public struct Fault: Error, CustomStringConvertible {
        /// Its file.
        public let name: String
        /// What is wrong.
        public let message: String

        /// The file, what is wrong with it, and what to do.
        public var description: String {
            "the template \(name).mustache cannot be used: \(message); mend it, or remove it to use the one that comes with orderd"
        }
    }

    /// Those that come with orderd, by name: `index` is shown by `index.mustache`.
    public static let builtIn: [String: String] = [
        "begin": beginTemplate, "end": endTemplate, "style": styleTemplate, "charts": chartsTemplate, "attention": attentionTemplate,
        "flow": flowTemplate, "quality": qualityTemplate, "sales": salesTemplate, "refusals": refusalsTemplate, "index": indexTemplate,
        "day": dayTemplate, "partner": partnerTemplate, "order": orderTemplate,
    ]

    private let library: MustacheLibrary

    /// The templates that come with orderd, some of them replaced.
    ///
    /// - Parameter own: texts by name. Names that no page uses are of use to the company's own templates, as `{{> name}}`.
    /// - Throws: a `Fault` for the first text that is no template.
    public init(replacing own: [String: String] = [:]) throws(Fault) {
        var library = MustacheLibrary()
        for (name, text) in Self.builtIn.merging(own, uniquingKeysWith: { _, new in new }).sorted(by: { $0.key < $1.key }) {
            do { try library.register(text, named: name) } catch { throw Fault(name: name, message: "\(error)") }
        }
        self.library = library
    }

    func render(_ page: ReportPages.Page) -> [UInt8] {
        Array((library.render(page.fields, withTemplate: page.template) ?? "").utf8)
    }
}
