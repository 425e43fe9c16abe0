import Glibc
import Spool

/// The gateway's thread: sends requests, matches answers with the calls that wait for them, and gives up those whose time is over.
///
/// A call is in `waiting` from when it is taken in until it is answered; only `finish` answers, and takes it out first.
final class SocketExchange {
    private struct Waiting {
        let call: GatewayCall
        var isWritten = false
    }

    private let mailbox: Mailbox
    private let clock = SystemClock()
    private var connection: SocketConnection?
    private var waiting: [Int64: Waiting] = [:]
    /// Numbers of the waiting calls by key: an answer may be for an earlier attempt with the same key.
    private var numbers: [String: [Int64]] = [:]
    /// Requests no byte of which is written yet, oldest first. Some may be answered meanwhile.
    private var unsent: [Int64] = []
    /// A request of which a part is written: the rest must follow, for the line to end, whether somebody still waits or not.
    private var started: ArraySlice<UInt8> = []
    private var lastNumber: Int64 = 0

    init(_ mailbox: Mailbox) { self.mailbox = mailbox }

    func run() {
        while true {
            wait()
            let (calls, isClosed) = mailbox.take()
            for call in calls { take(call) }
            receive()
            expire()
            if isClosed { break }
            transmit()
        }
        drop("orderd stops")
        for number in waiting.keys.sorted() { finish(number, .unavailable("not asked: orderd stops")) }
    }

    private func take(_ call: GatewayCall) {
        lastNumber += 1
        waiting[lastNumber] = Waiting(call: call)
        numbers[call.request.key, default: []].append(lastNumber)
        unsent.append(lastNumber)
    }

    /// Waits until somebody calls, the socket has something, or a call's time is over.
    private func wait() {
        var descriptors = [pollfd(fd: mailbox.wakeup.descriptor, events: Int16(POLLIN), revents: 0)]
        if let connection {
            let wantsToWrite = !started.isEmpty || !unsent.isEmpty
            descriptors.append(pollfd(fd: connection.descriptor, events: Int16(POLLIN) | (wantsToWrite ? Int16(POLLOUT) : 0), revents: 0))
        }
        var timeout: Int32 = -1
        if let next = waiting.values.map(\.call.deadline).min() {
            timeout = Int32(clamping: max(0, (next - clock.bootNanoseconds() + 999_999) / 1_000_000))
        }
        // The connection has failed before a byte of these was written. Not at once: a program may close every connection it accepts.
        if connection == nil, !unsent.isEmpty { timeout = min(timeout, 10) }
        // A signal, or a deadline not quite reached, only means another turn.
        _ = poll(&descriptors, nfds_t(descriptors.count), timeout)
    }

    // MARK: Out

    private func transmit() {
        unsent.removeAll { waiting[$0] == nil }
        guard !unsent.isEmpty || !started.isEmpty else { return }
        guard let connection = connect() else { return }
        do throws(SocketConnection.Failure) {
            while true {
                if started.isEmpty {
                    guard let number = unsent.first, let call = waiting[number]?.call else { return }
                    let line = call.line(number: number, secret: mailbox.secret)[...]
                    let count = try connection.write(line)
                    if count == 0 { return }
                    unsent.removeFirst()
                    waiting[number]?.isWritten = true
                    started = line.dropFirst(count)
                } else {
                    let count = try connection.write(started)
                    if count == 0 { return }
                    started = started.dropFirst(count)
                }
            }
        } catch {
            drop(error.text)
        }
    }

    private func connect() -> SocketConnection? {
        if let connection { return connection }
        do throws(SocketConnection.Failure) {
            connection = try SocketConnection(path: mailbox.path)
        } catch {
            for number in unsent {
                finish(
                    number,
                    .unavailable("cannot connect to the payment gateway at \(mailbox.path): \(error.text); is its program running?"))
            }
            unsent = []
        }
        return connection
    }

    // MARK: In

    private func receive() {
        guard let connection else { return }
        let (lines, failure) = connection.readLines()
        for line in lines {
            if let reply = GatewayReply(line: line) { match(reply) }
        }
        if let failure { drop(failure.text) }
    }

    /// Answers whoever waits for this. What nobody waits for came late, twice, or by mistake, and is nobody's loss: who still wants to know
    /// asks again with the same key.
    private func match(_ reply: GatewayReply) {
        for number in numbers[reply.key] ?? [] {
            guard let one = waiting[number], one.isWritten, reply.verb ?? one.call.verb == one.call.verb else { continue }
            // "Not done" is true of the request it answers only: a later one may be under way.
            if !reply.isDefinite, let request = reply.request, request != number { continue }
            finish(number, reply.answer)
        }
    }

    // MARK: Ends

    private func expire() {
        let now = clock.bootNanoseconds()
        for (number, one) in waiting where one.call.deadline <= now {
            finish(
                number,
                one.isWritten
                    ? .unknown("no answer from the payment gateway in time (payment.timeout)")
                    : .unavailable("the payment gateway did not take the request in time (payment.timeout)"))
        }
    }

    /// The connection has ended: what was written on it may have been done. What was not goes out on the next.
    private func drop(_ why: String) {
        connection?.close()
        connection = nil
        started = []
        for (number, one) in waiting where one.isWritten {
            finish(number, .unknown("the connection to the payment gateway was lost before its answer: \(why)"))
        }
    }

    private func finish(_ number: Int64, _ answer: PaymentAnswer) {
        guard let one = waiting.removeValue(forKey: number) else { return }
        let key = one.call.request.key
        numbers[key]?.removeAll { $0 == number }
        if numbers[key]?.isEmpty == true { numbers[key] = nil }
        one.call.continuation.resume(returning: answer)
    }
}
