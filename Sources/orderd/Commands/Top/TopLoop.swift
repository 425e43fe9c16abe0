import Glibc
import Spool

/// The life of `orderd top` on a terminal, which it leaves as it found it, however it ends.
final class TopLoop {
    private let reader: TopReader
    /// Between two looks, in nanoseconds.
    private let interval: Int64
    private let signals: SignalDescriptor
    private let clock = SystemClock()
    private var terminal = LiveTerminal()
    private var view: TopView?
    private var nextLook: Int64 = 0

    /// - Parameter interval: nanoseconds between two looks.
    init(_ reader: TopReader, interval: Int64) throws {
        self.reader = reader
        self.interval = interval
        // Taken as input, they cannot end it before the terminal is put back. A stop is done by it itself, for the same reason.
        signals = try SignalDescriptor(signals: [SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGWINCH, SIGTSTP])
        signal(SIGPIPE, SIG_IGN)
    }

    func run() throws {
        terminal.enter()
        defer { terminal.leave() }
        while true {
            if clock.bootNanoseconds() >= nextLook {
                view = try reader.look()
                nextLook = clock.bootNanoseconds() + interval
            }
            guard draw(), try waitForNext() else { return }
        }
    }

    private func draw() -> Bool {
        guard let view else { return true }
        let size = Terminal.output
        return terminal.show(TopScreen(view, terminal: size, height: size.height).lines, height: size.height ?? .max)
    }

    /// Waits for a key, a signal, or the time.
    ///
    /// - Returns: whether it goes on.
    private func waitForNext() throws -> Bool {
        let left = max(0, nextLook - clock.bootNanoseconds())
        let inputs = [signals.descriptor] + (terminal.hasKeys ? [Descriptor(STDIN_FILENO)] : [])
        let ready = try waitForInput(inputs, timeoutMilliseconds: Int((left + 999_999) / 1_000_000))
        if ready.contains(Descriptor(STDIN_FILENO)) {
            guard let keys = terminal.keys(), !keys.contains(where: { $0 == UInt8(ascii: "q") || $0 == UInt8(ascii: "Q") }) else {
                return false
            }
            if keys.contains(UInt8(ascii: " ")) { nextLook = 0 }
        }
        while ready.contains(signals.descriptor), let number = signals.next() {
            switch number {
            case SIGWINCH: break  // It is drawn anew, for the new size, in any case.
            case SIGTSTP:
                terminal.leave()
                kill(getpid(), SIGSTOP)
                terminal.enter()
                nextLook = 0
            default: return false
            }
        }
        return true
    }
}
