import Glibc

/// A terminal that shows one screen again and again, on a page of its own, and is put back as it was.
///
/// The user's keys are read as they are pressed; those that stop, suspend or end a program stay signals.
struct LiveTerminal {
    private var saved = termios()
    /// Whether keys can be read.
    let hasKeys: Bool
    private var isUp = false

    init() { hasKeys = isTerminal(STDIN_FILENO) }

    /// Takes the screen.
    mutating func enter() {
        guard !isUp else { return }
        isUp = true
        if hasKeys, tcgetattr(STDIN_FILENO, &saved) == 0 {
            var raw = saved
            raw.c_lflag &= ~tcflag_t(ICANON | ECHO)
            tcsetattr(STDIN_FILENO, TCSADRAIN, &raw)
        }
        // The alternate page, without the cursor.
        _ = write("\u{1B}[?1049h\u{1B}[?25l")
    }

    /// Gives it back as it was.
    mutating func leave() {
        guard isUp else { return }
        isUp = false
        _ = write("\u{1B}[0m\u{1B}[?25h\u{1B}[?1049l")
        if hasKeys { tcsetattr(STDIN_FILENO, TCSADRAIN, &saved) }
    }

    /// Shows a screen over the one before, without a moment of emptiness between the two.
    ///
    /// - Parameters:
    ///   - lines: no wider than the screen.
    ///   - height: the screen's.
    /// - Returns: whether there is somebody to see it still.
    func show(_ lines: [String], height: Int) -> Bool {
        // Each line is cleared before it is written: behind one that fills it, the cursor still stands on its last sign. And no line end
        // follows the last one of a full screen, which would scroll.
        let shown = lines.prefix(height).map { "\u{1B}[K" + $0 }.joined(separator: "\r\n")
        return write("\u{1B}[H" + shown + (lines.count < height ? "\r\n\u{1B}[J" : ""))
    }

    /// The keys that were pressed; nil where the terminal is gone.
    func keys() -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: 64)
        let count = read(STDIN_FILENO, &bytes, bytes.count)
        if count < 0, errno == EINTR || errno == EAGAIN { return [] }
        return count > 0 ? Array(bytes[..<count]) : nil
    }

    private func write(_ text: String) -> Bool {
        var text = text
        return text.withUTF8 { bytes in
            var rest = UnsafeRawBufferPointer(bytes)
            while !rest.isEmpty {
                let written = Glibc.write(STDOUT_FILENO, rest.baseAddress, rest.count)
                if written < 0, errno == EINTR { continue }
                guard written > 0 else { return false }
                rest = UnsafeRawBufferPointer(rebasing: rest[written...])
            }
            return true
        }
    }
}
