import ArgumentParser
import Foundation

/// `orderd generate`: for whoever packages or installs orderd, and so not listed among the verbs.
struct GenerateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "generate",
        abstract: "Write manual pages and completions.",
        discussion: """
            Writes man/man1/orderd.1, man/man5/orderd.yaml.5 and man/man7/orderd-spool.7, and completions for bash, zsh and fish, below a \
            directory, to where programs look for them in /usr/share. The date in the pages is that of SOURCE_DATE_EPOCH, else today's.

              orderd generate /usr/local/share
            """,
        shouldDisplay: false)

    @Argument(help: "The directory, such as /usr/local/share; made where it is not there.", completion: .directory) var directory: String

    func run() throws {
        let day = Self.day(ProcessInfo.processInfo.environment["SOURCE_DATE_EPOCH"])
        for page in try ManualPage.all() { try write(page.roff(day: day), to: page.path) }
        for (path, shell) in [
            ("bash-completion/completions/orderd", CompletionShell.bash), ("zsh/vendor-completions/_orderd", .zsh),
            ("fish/vendor_completions.d/orderd.fish", .fish),
        ] {
            try write(Orderd.completionScript(for: shell) + "\n", to: path)
        }
    }

    private func write(_ text: String, to path: String) throws {
        let file = URL(filePath: directory).appending(path: path)
        try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: file)
        say(printable(file.path(percentEncoded: false)))
    }

    /// The UTC day of a time in seconds; today where there is none.
    static func day(_ epoch: String?) -> String {
        let time = epoch.flatMap(TimeInterval.init).map(Date.init(timeIntervalSince1970:)) ?? Date()
        return String(time.formatted(.iso8601.year().month().day()))
    }
}
