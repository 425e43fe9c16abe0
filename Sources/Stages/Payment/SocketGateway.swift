import Glibc
public import Spool
import Synchronization

/// A payment gateway behind a program on this machine, which listens on a Unix stream socket and speaks the provider's own protocol.
///
/// One JSON object a line in either direction, described in `docs/payment-gateway.md`. One connection carries all calls; answers come in
/// any order. A thread of its own waits on the socket, so that a slow gateway holds up nobody else.
///
/// Every call ends within `timeout`: with `unavailable` where no byte of it can have reached the program, so that nothing was done, and
/// with `unknown` where it may have.
public final class SocketGateway: PaymentGateway {
    /// `socket`
    public let name = "socket"
    private let mailbox: Mailbox

    /// Starts the gateway's thread; nothing is connected before the first call.
    ///
    /// - Parameters:
    ///   - path: the socket, at most 107 bytes.
    ///   - timeout: how long a call may take, counted from when it is made. See ``timeout``.
    ///   - secret: what tells the program that it is orderd who asks, in each request; nil where nothing does.
    /// - Throws: `ENAMETOOLONG` for a path that no socket can have, `EMFILE` and the like where no descriptor or thread is to be had.
    public init(path: String, timeout: Duration, secret: String? = nil) throws(FileError) {
        let longest = MemoryLayout.size(ofValue: sockaddr_un().sun_path) - 1
        guard !path.isEmpty, path.utf8.count <= longest, !path.utf8.contains(0) else {
            throw FileError(call: "connect", path: path, code: ENAMETOOLONG)
        }
        mailbox = Mailbox(path: path, wakeup: try Wakeup(), timeout: timeout.nanoseconds, secret: secret)
        try mailbox.startThread()
    }

    deinit { mailbox.close() }

    /// How long a call may take. A change counts for calls made after it.
    public var timeout: Duration {
        get { .nanoseconds(mailbox.timeout) }
        set { mailbox.timeout = newValue.nanoseconds }
    }

    /// Takes money.
    public func charge(_ request: PaymentRequest) async -> PaymentAnswer { await ask(.charge, request) }
    /// Gives it back.
    public func refund(_ request: PaymentRequest) async -> PaymentAnswer { await ask(.refund, request) }
    /// Asks what became of a key.
    public func lookup(_ request: PaymentRequest) async -> PaymentAnswer { await ask(.lookup, request) }

    /// Closes the connection and ends the thread. Calls that are out are answered at once, later ones with `unavailable`.
    public func close() { mailbox.close() }

    private func ask(_ verb: GatewayVerb, _ request: PaymentRequest) async -> PaymentAnswer {
        await withCheckedContinuation { mailbox.put(verb, request, $0) }
    }
}

extension Duration {
    fileprivate var nanoseconds: Int64 {
        let (whole, overflow) = components.seconds.multipliedReportingOverflow(by: 1_000_000_000)
        return overflow ? .max / 4 : min(.max / 4, whole + components.attoseconds / 1_000_000_000)
    }
}

/// A call that waits for its answer.
struct GatewayCall: Sendable {
    let verb: GatewayVerb
    let request: PaymentRequest
    /// By the boot clock, nanoseconds.
    let deadline: Int64
    let continuation: CheckedContinuation<PaymentAnswer, Never>
}

/// Hands calls to the gateway's thread. Who takes a call out answers it, exactly once.
final class Mailbox: Sendable {
    private struct Content {
        var calls: [GatewayCall] = []
        var isClosed = false
        var timeout: Int64
    }

    let path: String
    let wakeup: Wakeup
    /// Goes into each request.
    let secret: String?
    private let clock = SystemClock()
    private let content: Mutex<Content>

    init(path: String, wakeup: Wakeup, timeout: Int64, secret: String? = nil) {
        self.path = path
        self.secret = secret
        self.wakeup = wakeup
        content = Mutex(Content(timeout: timeout))
    }

    var timeout: Int64 {
        get { content.withLock { $0.timeout } }
        set { content.withLock { $0.timeout = newValue } }
    }

    func put(_ verb: GatewayVerb, _ request: PaymentRequest, _ continuation: CheckedContinuation<PaymentAnswer, Never>) {
        let now = clock.bootNanoseconds()
        let isTaken = content.withLock { content in
            guard !content.isClosed else { return false }
            content.calls.append(
                GatewayCall(verb: verb, request: request, deadline: now + content.timeout, continuation: continuation))
            return true
        }
        if isTaken { wakeup.signal() } else { continuation.resume(returning: .unavailable("the payment gateway is closed")) }
    }

    /// The calls since the last time, and whether these are the last.
    func take() -> (calls: [GatewayCall], isClosed: Bool) {
        wakeup.clear()
        return content.withLock { content in
            defer { content.calls = [] }
            return (content.calls, content.isClosed)
        }
    }

    func close() {
        content.withLock { $0.isClosed = true }
        wakeup.signal()
    }

    /// A plain thread: waiting in `poll` on the cooperative pool would starve it.
    func startThread() throws(FileError) {
        var thread = pthread_t()
        let box = Unmanaged.passRetained(self)
        let code = pthread_create(
            &thread, nil,
            { argument in
                guard let argument else { return nil }
                var all = sigset_t()
                sigfillset(&all)
                // Signals are the main thread's.
                pthread_sigmask(SIG_BLOCK, &all, nil)
                SocketExchange(Unmanaged<Mailbox>.fromOpaque(argument).takeRetainedValue()).run()
                return nil
            }, box.toOpaque())
        guard code == 0 else {
            box.release()
            throw FileError(call: "pthread_create", path: path, code: code)
        }
        pthread_detach(thread)
    }
}
