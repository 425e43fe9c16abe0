import Foundation
import Glibc

/// Whether a person is at this descriptor.
func isTerminal(_ descriptor: Int32) -> Bool { isatty(descriptor) == 1 }

/// What a descriptor leads to, as far as eyes are concerned. In a pipe or a file nothing is cut and nothing is coloured: a program may read
/// it.
struct Terminal: Equatable {
    /// Columns; nil where no person watches.
    var width: Int?
    /// Lines; nil where no person watches.
    var height: Int?
    var hasColour = false

    /// No terminal.
    static let none = Terminal(width: nil, height: nil)

    /// What standard output leads to now: a window's size changes.
    static var output: Terminal { Terminal(of: STDOUT_FILENO, environment: ProcessInfo.processInfo.environment) }

    init(width: Int?, height: Int?, hasColour: Bool = false) {
        self.width = width
        self.height = height
        self.hasColour = hasColour
    }

    init(of descriptor: Int32, environment: [String: String]) {
        guard isTerminal(descriptor) else {
            self = .none
            return
        }
        var size = winsize()
        let isKnown = ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0
        // A serial line has no size; its user may have said it.
        func length(_ found: UInt16, _ variable: String, _ usual: Int) -> Int {
            if isKnown, found > 0 { return Int(found) }
            return environment[variable].flatMap { Int($0) }.flatMap { $0 > 0 ? $0 : nil } ?? usual
        }
        width = length(size.ws_col, "COLUMNS", 80)
        height = length(size.ws_row, "LINES", 24)
        hasColour = Self.takesColour(environment)
    }

    /// Not where the user has set NO_COLOR to anything (no-color.org), nor on a terminal that cannot do it.
    static func takesColour(_ environment: [String: String]) -> Bool {
        environment["NO_COLOR"].map(\.isEmpty) ?? true && !["", "dumb"].contains(environment["TERM"] ?? "")
    }

    /// How a text stands out. Never the only sign of anything: the words say it too.
    enum Paint: Int {
        case bold = 1
        case dim = 2
        case red = 31
        case green = 32
        case yellow = 33
    }

    /// The text in a colour, where there are colours.
    func paint(_ text: String, _ paint: Paint?) -> String {
        guard hasColour, let paint, !text.isEmpty else { return text }
        return "\u{1B}[\(paint.rawValue)m\(text)\u{1B}[0m"
    }
}
