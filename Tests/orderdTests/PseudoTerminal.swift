import Foundation
import Glibc
import Spool

@testable import orderd

/// A terminal that a test holds, with `orderd` in it: what it writes is drawn as a terminal would.
final class PseudoTerminal {
    private let master: Int32
    /// The terminal's own end, kept open so that its settings can be looked at after the program's end.
    private let slave: Int32
    let process: pid_t
    private var code: Int32?
    private(set) var screen: Screen
    // Linux' own, which Swift does not see: TIOCSPTLCK, TIOCGPTN, POSIX_SPAWN_SETSID.
    private static let lock: UInt = 0x4004_5431
    private static let number: UInt = 0x8004_5430
    private static let newSession: Int16 = 0x80

    /// Everything that was written.
    private(set) var written = ""

    /// - Parameter errorsOnly: only standard error leads to it.
    init(_ arguments: [String], columns: Int, rows: Int, environment: [String], errorsOnly: Bool) throws {
        master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
        var (unlocked, number) = (Int32(0), UInt32(0))
        guard master >= 0, ioctl(master, Self.lock, &unlocked) == 0, ioctl(master, Self.number, &number) == 0 else {
            throw FileError(call: "open", path: "/dev/ptmx", code: errno)
        }
        let path = "/dev/pts/\(number)"
        slave = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC)
        screen = Screen(columns: columns, rows: rows)
        var size = winsize(ws_row: UInt16(rows), ws_col: UInt16(columns), ws_xpixel: 0, ws_ypixel: 0)
        _ = ioctl(master, UInt(TIOCSWINSZ), &size)
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        // The first terminal that a session's leader opens becomes the session's own.
        posix_spawn_file_actions_addopen(&actions, 0, path, O_RDWR, 0)
        if errorsOnly {
            posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
        } else {
            posix_spawn_file_actions_addopen(&actions, 1, path, O_RDWR, 0)
        }
        posix_spawn_file_actions_addopen(&actions, 2, path, O_RDWR, 0)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        posix_spawnattr_setflags(&attributes, Self.newSession)
        let binary = try Child.binary()
        var words: [UnsafeMutablePointer<CChar>?] = ([binary] + arguments).map { strdup($0) } + [nil]
        var variables: [UnsafeMutablePointer<CChar>?] = (environment + ["PATH=/usr/bin:/bin"]).map { strdup($0) } + [nil]
        defer { for pointer in words + variables { free(pointer) } }
        var process: pid_t = 0
        let result = posix_spawn(&process, binary, &actions, &attributes, &words, &variables)
        guard result == 0 else { throw FileError(call: "posix_spawn", path: binary, code: result) }
        self.process = process
        _ = fcntl(master, F_SETFL, O_NONBLOCK)
    }

    deinit {
        if !hasEnded {
            Glibc.kill(process, SIGKILL)
            var status: Int32 = 0
            waitpid(process, &status, 0)
        }
        close(master)
        close(slave)
    }

    /// Keys, as pressed.
    func press(_ keys: String) {
        let bytes = Array(keys.utf8)
        _ = Glibc.write(master, bytes, bytes.count)
    }

    /// Makes the window another size, of which the kernel tells the program.
    func resize(columns: Int, rows: Int) {
        screen = Screen(columns: columns, rows: rows)
        var size = winsize(ws_row: UInt16(rows), ws_col: UInt16(columns), ws_xpixel: 0, ws_ypixel: 0)
        _ = ioctl(master, UInt(TIOCSWINSZ), &size)
    }

    func signal(_ number: Int32) { if !hasEnded { Glibc.kill(process, number) } }

    /// Whether the terminal echoes what is typed, and hands it over by lines, as a shell left it.
    var isAsAShellLeftIt: Bool {
        var settings = termios()
        guard tcgetattr(slave, &settings) == 0 else { return false }
        let wanted = tcflag_t(ICANON | ECHO | ISIG)
        return settings.c_lflag & wanted == wanted && !screen.isAlternate && screen.hasCursor
    }

    /// Draws what was written until a screen shows what is waited for.
    func waitFor(_ condition: (Screen) -> Bool) -> Bool {
        waitUntil {
            draw()
            return condition(screen)
        }
    }

    /// The exit code; nil where it does not end in time.
    func wait() -> Int32? {
        let ended = waitUntil {
            draw()
            return hasEnded
        }
        draw()
        return ended ? code : nil
    }

    private var hasEnded: Bool {
        if code != nil { return true }
        var status: Int32 = 0
        guard waitpid(process, &status, WNOHANG) == process else { return false }
        code = status & 0x7F == 0 ? (status >> 8) & 0xFF : 128 + (status & 0x7F)
        return true
    }

    private var pending: [UInt8] = []

    private func draw() {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = read(master, &buffer, buffer.count)
            guard count > 0 else { break }
            pending += buffer[..<count]
        }
        // A character that is in two reads waits for its end.
        var end = pending.count
        while end > 0, String(validating: pending[..<end], as: UTF8.self) == nil, pending.count - end < 4 { end -= 1 }
        let text = String(decoding: pending[..<end], as: UTF8.self)
        pending.removeFirst(end)
        written += text
        screen.take(text)
    }
}

/// What a terminal shows, as far as orderd speaks to it: any other sequence is noted as unknown.
struct Screen {
    let columns: Int
    let rows: Int
    private var cells: [[Character]]
    private var (row, column) = (0, 0)
    private var rest: [Character] = []
    private(set) var isAlternate = false
    private(set) var hasCursor = true
    private(set) var hasColour = false
    private(set) var unknown: [String] = []
    /// Lines that went over the screen's right edge or lower end, which a screen of ours must not.
    private(set) var overflows = 0

    init(columns: Int, rows: Int) {
        self.columns = columns
        self.rows = rows
        cells = Array(repeating: Array(repeating: " ", count: columns), count: rows)
    }

    /// The lines, without the blanks at their ends.
    var lines: [String] {
        var lines = cells.map { line -> String in
            var text = String(line)
            while text.hasSuffix(" ") { text.removeLast() }
            return text
        }
        while lines.last == "" { lines.removeLast() }
        return lines
    }

    mutating func take(_ text: String) {
        // Swift takes \r\n for one character.
        rest += text.unicodeScalars.map { Character($0) }
        var next = 0
        defer { rest.removeFirst(next) }
        while next < rest.count {
            switch rest[next] {
            case "\u{1B}":
                // A sequence that is in two reads waits for its end.
                guard let end = rest.dropFirst(next + 2).firstIndex(where: { $0.isLetter }) else { return }
                obey(String(rest[next + 1...end]))
                next = end
            case "\r": column = 0
            case "\n": newLine()
            case let character: put(character)
            }
            next += 1
        }
    }

    private mutating func newLine() {
        row += 1
        guard row == rows else { return }
        overflows += isAlternate ? 1 : 0
        cells.removeFirst()
        cells.append(Array(repeating: " ", count: columns))
        row -= 1
    }

    private mutating func put(_ character: Character) {
        if column == columns {
            overflows += 1
            column = 0
            newLine()
        }
        cells[row][column] = character
        column += 1
    }

    private mutating func obey(_ sequence: String) {
        switch sequence {
        case "[H": (row, column) = (0, 0)
        case "[K": for index in min(column, columns - 1)..<columns { cells[row][index] = " " }
        case "[J":
            for line in row..<rows { for index in (line == row ? column : 0)..<columns { cells[line][index] = " " } }
        case "[?1049h": (isAlternate, cells) = (true, Array(repeating: Array(repeating: " ", count: columns), count: rows))
        case "[?1049l": isAlternate = false
        case "[?25l": hasCursor = false
        case "[?25h": hasCursor = true
        case "[0m": break
        case "[1m", "[2m", "[31m", "[32m", "[33m": hasColour = true
        default: unknown.append(sequence)
        }
    }
}

extension CommandSpool {
    /// A verb on this spool in a terminal.
    func terminal(
        _ arguments: [String], columns: Int, rows: Int = 30, environment: [String] = ["TERM=xterm"], errorsOnly: Bool = false
    ) throws -> PseudoTerminal {
        try PseudoTerminal(
            arguments + ["--spool", root], columns: columns, rows: rows,
            environment: environment + ["ORDERD_CONFIG=\(folder)/orderd.yaml", "TMPDIR=\(folder)"], errorsOnly: errorsOnly)
    }
}
