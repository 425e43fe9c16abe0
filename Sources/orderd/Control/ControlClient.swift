import Glibc
import Spool

/// A verb's end of `state/control`.
final class ControlClient {
    /// How long the daemon may take to answer. A batch takes milliseconds; a start that reads a long history more.
    static let patienceSeconds = 60
    /// Requests on their way at one time: enough that many share a commit, few enough that no answer finds its way blocked.
    static let window = 64

    private let socket: Descriptor
    private var input: [UInt8] = []

    private init(socket: Descriptor) { self.socket = socket }

    deinit { LocalSocket.close(socket) }

    /// Connects to the daemon of a spool; nil where none runs.
    ///
    /// - Throws: where the socket is there and this user may not use it.
    static func connect(_ tree: SpoolTree, patienceSeconds: Int = patienceSeconds) throws(CommandFailure) -> ControlClient? {
        do throws(FileError) {
            return try tree.withDirectory(SpoolTree.state) { state throws(FileError) in
                try LocalSocket.connect(in: state, timeoutSeconds: patienceSeconds).map(ControlClient.init)
            }
        } catch {
            if error.isForbidden {
                throw .couldNotRun(
                    "a daemon runs on this spool, but \(Asker.own) may not use its socket state/control; become a member of its group "
                        + "(orderd-admin), or use sudo")
            }
            throw .couldNotRun("\(error)")
        }
    }

    /// Sends requests and collects their answers, in the same order.
    func exchange(_ requests: [ControlRequest]) throws(CommandFailure) -> [ControlAnswer] {
        var answers: [ControlAnswer] = []
        var sent = 0
        while answers.count < requests.count {
            while sent < requests.count, sent - answers.count < Self.window {
                try send(requests[sent].line)
                sent += 1
            }
            guard let answer = ControlAnswer(line: try nextLine()) else {
                throw .couldNotRun("the daemon's answer is not understood; is this orderd of the same version?")
            }
            answers.append(answer)
        }
        return answers
    }

    private func send(_ line: [UInt8]) throws(CommandFailure) {
        var rest = line[...]
        while !rest.isEmpty {
            guard let count = rest.withUnsafeBytes({ LocalSocket.send(socket, $0) }) else { throw Self.gone }
            if count == 0 { throw Self.silent }
            rest.removeFirst(count)
        }
    }

    private func nextLine() throws(CommandFailure) -> [UInt8] {
        while true {
            if let newline = input.firstIndex(of: UInt8(ascii: "\n")) {
                let line = Array(input[..<newline])
                input.removeFirst(newline + 1)
                return line
            }
            var buffer = [UInt8](repeating: 0, count: 64 << 10)
            switch buffer.withUnsafeMutableBytes({ LocalSocket.receive(socket, into: $0) }) {
            case .bytes(let count): input += buffer[..<count]
            case .end, .failed: throw Self.gone
            case .nothing: throw Self.silent
            }
        }
    }

    private static let gone = CommandFailure.couldNotRun(
        "the daemon went away before it answered; whether the command was done, say orderd status and orderd queue")
    private static let silent = CommandFailure.couldNotRun(
        "the daemon did not answer within \(patienceSeconds) s; look into its log, and ask orderd status whether the command was done")
}
