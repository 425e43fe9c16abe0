import Foundation
import Glibc
import Orders
import Spool
import Synchronization

/// The other end of the socket. Its calls wait, on a thread of their own.
final class GatewayProgram: Sendable {
    let directory: String
    let path: String
    private let listener: Int32

    init() throws {
        directory = FileManager.default.temporaryDirectory.path + "/orderd-gateway-test-\(UUID().uuidString.prefix(13))"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        path = directory + "/s"
        listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | O_CLOEXEC, 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(listener, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) }
        }
        guard result == 0, listen(listener, 8) == 0 else { throw Trouble("cannot listen") }
    }

    deinit {
        close(listener)
        try? FileManager.default.removeItem(atPath: directory)
    }

    func accept() async throws -> GatewayLine {
        let listener = self.listener
        return GatewayLine(try await elsewhere { try patient(listener) { Glibc.accept(listener, nil, nil) } })
    }
}

/// One accepted connection.
final class GatewayLine: Sendable {
    let descriptor: Int32
    private let isOpen = Mutex(true)

    init(_ descriptor: Int32) { self.descriptor = descriptor }
    deinit { end() }

    func end() {
        isOpen.withLock { isOpen in
            if isOpen { Glibc.close(descriptor) }
            isOpen = false
        }
    }

    /// The next request.
    func request() async throws -> JSONValue {
        let descriptor = self.descriptor
        return try await elsewhere {
            var line: [UInt8] = []
            while line.last != 10 {
                var byte: UInt8 = 0
                guard try patient(descriptor, { Int32(read(descriptor, &byte, 1)) }) == 1 else { throw Trouble("the connection ended") }
                line.append(byte)
            }
            return try JSONValue.parse(line)
        }
    }

    func say(_ text: String) { _ = text.withCString { send(descriptor, $0, strlen($0), Int32(MSG_NOSIGNAL)) } }
}

/// Does what waits on a thread of its own.
func elsewhere<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
    try await withCheckedThrowingContinuation { continuation in
        Thread.detachNewThread { continuation.resume(with: Swift.Result(catching: body)) }
    }
}

/// A call on a descriptor, made once there is something to take; gives up after two minutes.
private func patient(_ descriptor: Int32, _ body: () -> Int32) throws -> Int32 {
    guard try waitForInput([descriptor], timeoutMilliseconds: 120_000) == [descriptor] else {
        throw Trouble("nothing came within two minutes")
    }
    return body()
}
