import Glibc
import Testing

@testable import Spool

/// What sshd writes about transfers, and the socket that it writes to.
@Suite struct TransferLogTests {
    private func told(_ text: String) -> TransferLogLine? {
        TransferLogLine(datagram: Array("<30>Nov 24 15:10:00 internal-sftp[1234]: \(text)".utf8))
    }

    @Test func aFinishedUploadIsRead() throws {
        let line = try #require(told(#"close "/orders/o.json" bytes read 0 written 512"#))
        #expect(!line.isForced && line.bytesRead == 0 && line.bytesWritten == 512)
        let place = try #require(line.place)
        #expect(place.directory == Array("orders".utf8) && place.name == FileName("o.json"))
    }

    @Test func aBrokenUploadIsRead() throws {
        let line = try #require(told(#"forced close "orders/o.ndjson" bytes read 0 written 1"#))
        #expect(line.isForced && line.place?.name == FileName("o.ndjson"))
    }

    @Test(arguments: [
        #"open "/orders/o.json" flags WRITE,CREATE,TRUNCATE mode 0666"#, #"close "/orders/o.json" bytes read 0"#,
        #"close "/orders/o.json" bytes read 0 written "#, #"close "/orders/o.json" bytes read x written 5"#, #"close "/orders"#, "",
        #"close "/orders/o.json" bytes read 0 written 5 more"#, #"close "/orders/\9" bytes read 0 written 5"#,
        #"close "/orders/\" bytes read 0 written 5"#, #"opendir "/orders""#, #"close "/" bytes read 0 written 5"#,
    ])
    func anyOtherLineTellsOfNoFile(_ text: String) {
        #expect(told(text)?.place == nil)
    }

    @Test func aNameThatLooksLikeALogLineIsAName() throws {
        let line = try #require(told(#"close "/orders/a" bytes read 0 written 9\nclose "b.json" bytes read 0 written 7"#))
        #expect(line.bytesWritten == 7 && line.place?.name == FileName("a\" bytes read 0 written 9\nclose \"b.json"))
    }

    @Test func escapedBytesAreTheNamesBytes() throws {
        let line = try #require(told(#"close "/orders/\303\244\\ \tb\377.json" bytes read 0 written 7"#))
        #expect(line.place?.name == FileName(bytes: Array("ä\\ \tb".utf8) + [255] + Array(".json".utf8)))
    }

    @Test(arguments: [
        ("o.json", nil), ("./orders/../orders/o.json", "orders"), ("//orders//o.json", "orders"), ("../../orders/o.json", "orders"),
        ("/a/b/o.json", "b"),
    ])
    func aPathIsTakenAsTheServerTakesIt(_ path: String, _ directory: String?) throws {
        let place = try #require(told("close \"\(path)\" bytes read 0 written 1")?.place)
        #expect(place.name == FileName("o.json") && place.directory == directory.map { Array($0.utf8) })
    }

    @Test func whatIsSentToTheSocketIsRead() throws {
        let scratch = try Scratch()
        let directory = try Directory(path: Path(scratch.path), files: SystemFiles())
        let log = try TransferLog(in: directory.descriptor, files: SystemFiles())
        let lines = [
            #"close "/orders/a.json" bytes read 0 written 1"#, "session opened for local user acme",
            #"forced close "/orders/b.json" bytes read 0 written 1"#,
        ]
        for line in lines { try send("<30>Nov 24 15:10:00 internal-sftp[7]: \(line)", to: directory.descriptor) }
        var found: [String] = []
        log.drain(limit: 2) { found.append(String(decoding: $0.path, as: UTF8.self)) }
        #expect(found == ["/orders/a.json"])
        log.drain(limit: 10) { found.append(String(decoding: $0.path, as: UTF8.self)) }
        #expect(found == ["/orders/a.json", "/orders/b.json"])
    }

    @Test func aSocketThatAnEarlierRunLeftIsReplaced() throws {
        let scratch = try Scratch()
        let directory = try Directory(path: Path(scratch.path), files: SystemFiles())
        _ = try TransferLog(in: directory.descriptor, files: SystemFiles())
        let log = try TransferLog(in: directory.descriptor, files: SystemFiles())
        try send(#"<30>Nov 24 15:10:00 internal-sftp[7]: close "/orders/a.json" bytes read 0 written 1"#, to: directory.descriptor)
        var count = 0
        log.drain(limit: 10) { _ in count += 1 }
        #expect(count == 1)
    }

    private func send(_ text: String, to directory: Descriptor) throws {
        let client = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
        defer { close(client) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: "/proc/self/fd/\(directory)/log".utf8) }
        let sent = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                sendto(client, text, text.utf8.count, 0, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        try #require(sent == text.utf8.count, "error \(errno)")
    }
}
