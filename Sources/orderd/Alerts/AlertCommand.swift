import Foundation
import Glibc
import Orders
import Spool

/// The operator's command that tells of an alert: run without a shell, in an environment of its own, for a limited time.
struct AlertCommand {
    /// What came of it.
    enum Outcome: Equatable {
        case ended(code: Int32)
        /// It was ended: its time was up, or orderd stops.
        case cutShort
        case notStarted(String)
    }

    let path: String
    let environment: [String]
    let input: [UInt8]

    /// The command for one notice.
    init(path: String, alert: Alert, notice: Alert.Notice, root: String) {
        self.path = path
        environment = [
            "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C.UTF-8", "ORDERD_SPOOL=\(root)",
            "ORDERD_ALERT=\(alert.rule.rawValue)", "ORDERD_ALERT_STATE=\(notice.about.rawValue)",
            "ORDERD_ALERT_SINCE=\(alert.since.rfc3339)", "ORDERD_ALERT_AT=\(notice.at.rfc3339)", "ORDERD_ALERT_MESSAGE=\(notice.message)",
        ]
        var writer = JSONWriter(reserving: 512)
        writer.beginObject()
        writer.member("version", AlertFile.version)
        writer.member("alert", alert.rule.rawValue)
        writer.member("state", notice.about.rawValue)
        writer.member("since", alert.since)
        writer.member("at", notice.at)
        writer.member("message", notice.message)
        writer.member("spool", root)
        writer.endObject()
        input = writer.bytes + [10]
    }

    /// Beyond its time it gets SIGTERM, with all that it has started; so much later SIGKILL. In nanoseconds.
    private static let grace: Int64 = 1_000_000_000
    /// How much of what it prints is kept, for the log.
    private static let outputLimit = 1000

    /// Runs it.
    ///
    /// - Parameters:
    ///   - limit: nanoseconds that it may take.
    ///   - isStopping: whether orderd wants to end, which cuts it short.
    /// - Returns: how it ended, and the beginning of what it printed.
    func run(limit: Int64, clock: some Clock, isStopping: () -> Bool) -> (outcome: Outcome, output: String) {
        var (inPipe, outPipe) = ([Int32](repeating: -1, count: 2), [Int32](repeating: -1, count: 2))
        guard pipe(&inPipe) == 0 else { return (.notStarted(String(cString: strerror(errno))), "") }
        guard pipe(&outPipe) == 0 else {
            let reason = String(cString: strerror(errno))
            for descriptor in inPipe { close(descriptor) }
            return (.notStarted(reason), "")
        }
        defer { close(outPipe[0]) }
        // Only our end: what the command has is as it expects it.
        _ = fcntl(outPipe[0], F_SETFL, O_NONBLOCK)
        // It is far shorter than a pipe holds, so that nobody waits for a command that does not read.
        _ = write(inPipe[1], input, input.count)
        close(inPipe[1])
        var process: pid_t = 0
        let result = spawn(&process, input: inPipe[0], output: outPipe[1])
        close(inPipe[0])
        close(outPipe[1])
        guard result == 0 else { return (.notStarted(String(cString: strerror(result))), "") }
        return wait(for: process, output: outPipe[0], until: clock.bootNanoseconds() + limit, clock, isStopping)
    }

    private func spawn(_ process: inout pid_t, input: Int32, output: Int32) -> Int32 {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, input, 0)
        posix_spawn_file_actions_adddup2(&actions, output, 1)
        posix_spawn_file_actions_adddup2(&actions, output, 2)
        for descriptor in Self.inherited() { posix_spawn_file_actions_addclose(&actions, descriptor) }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // The daemon blocks signals and ignores one; neither is to be inherited. A group of its own can be ended with all that is in it.
        var (none, all) = (sigset_t(), sigset_t())
        sigemptyset(&none)
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP))
        var words: [UnsafeMutablePointer<CChar>?] = [strdup(path), nil]
        var variables: [UnsafeMutablePointer<CChar>?] = environment.map { strdup($0) } + [nil]
        defer { for pointer in words + variables { free(pointer) } }
        return posix_spawn(&process, path, &actions, &attributes, &words, &variables)
    }

    /// Descriptors that a program would get: ours have the mark that they are not to be handed on, some of a library's and the pipes do not.
    private static func inherited() -> [Int32] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? []
        return names.compactMap { Int32($0) }.filter { $0 > 2 && fcntl($0, F_GETFD) & FD_CLOEXEC == 0 }
    }

    private func wait(
        for process: pid_t, output: Int32, until deadline: Int64, _ clock: some Clock, _ isStopping: () -> Bool
    ) -> (outcome: Outcome, output: String) {
        var told: [UInt8] = []
        var status: Int32 = 0
        var killAt: Int64?
        while true {
            drain(output, into: &told)
            let ended = waitpid(process, &status, WNOHANG)
            if ended != 0 {
                drain(output, into: &told)
                let code = status & 0x7F == 0 ? (status >> 8) & 0xFF : 128 + (status & 0x7F)
                return (killAt != nil ? .cutShort : .ended(code: code), String(decoding: told, as: UTF8.self))
            }
            let now = clock.bootNanoseconds()
            if let killAt {
                if now >= killAt { kill(-process, SIGKILL) }
            } else if now >= deadline || isStopping() {
                kill(-process, SIGTERM)
                killAt = now + Self.grace
            }
            var waited = pollfd(fd: output, events: Int16(POLLIN), revents: 0)
            poll(&waited, 1, 20)
            // Where it has closed its output, poll returns at once.
            if waited.revents & Int16(POLLHUP) != 0 { poll(nil, 0, 20) }
        }
    }

    private func drain(_ descriptor: Int32, into told: inout [UInt8]) {
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = read(descriptor, &buffer, buffer.count)
            guard count > 0 else { return }
            told += buffer[..<min(count, max(0, Self.outputLimit - told.count))]
        }
    }
}
