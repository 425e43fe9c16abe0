import Glibc
import Synchronization

/// Whether a line of progress stands on the terminal, which what is written next must not run into.
private let isLineUp = Mutex(false)

/// Writes to standard error, as far as that can be done: nothing stops for a log that cannot be written. `FileHandle` ends the process
/// where a disk is full or a reader is gone.
func writeToStandardError(_ text: String) {
    isLineUp.withLock { isUp in
        if isUp { writeAll("\r\u{1B}[K") }
        isUp = false
        writeAll(text)
    }
}

/// Puts a line on the terminal that the next one, and whatever else is written, takes the place of. Nil takes it away.
func writeTransient(_ line: String?) {
    isLineUp.withLock { isUp in
        if line != nil || isUp { writeAll("\r" + (line ?? "") + "\u{1B}[K") }
        isUp = line != nil
    }
}

private func writeAll(_ text: String) {
    var text = text
    text.withUTF8 { bytes in
        var rest = UnsafeRawBufferPointer(bytes)
        while !rest.isEmpty {
            let written = write(STDERR_FILENO, rest.baseAddress, rest.count)
            if written < 0, errno == EINTR { continue }
            guard written > 0 else { return }
            rest = UnsafeRawBufferPointer(rebasing: rest[written...])
        }
    }
}
