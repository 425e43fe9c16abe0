import CLinux
import Glibc
import Spool
import Testing

/// A watch that one process leaves to the next.
@Suite struct HandoverWatchTests {
    private let scratch: Scratch
    private let files = SystemFiles()
    private let drop: Directory
    private let other: Directory
    private let name = named("order.json")

    init() throws {
        scratch = try Scratch()
        drop = try scratch.directory("orders")
        other = try scratch.directory("stock")
    }

    private func events(_ watch: HandoverWatch) -> [WatchEvent] {
        var events: [WatchEvent] = []
        watch.drain { events.append($0) }
        return events
    }

    @Test func whoTakesItOverLearnsWhatCameMeanwhile() throws {
        var first: HandoverWatch? = try HandoverWatch()
        try first?.watch(drop.descriptor, tag: 1)
        try first?.watch(other.descriptor, tag: 2)
        let kept = dup(try #require(first?.descriptor))
        first = nil
        try scratch.write("{}", to: ".order.tmp", in: drop.descriptor)
        try files.rename(from: drop.descriptor, named(".order.tmp"), to: drop.descriptor, name, replacing: false)
        try scratch.write("{}", to: "in-place.json", in: other.descriptor)
        _ = try files.makeDirectory(in: scratch.descriptor, named("d"), mode: 0o755)
        try files.rename(from: scratch.descriptor, named("d"), to: drop.descriptor, named("d"), replacing: false)
        let second = HandoverWatch(takingOver: kept)
        // Other tags than those of the first: they are each process's own.
        try second.watch(other.descriptor, tag: 7)
        try second.watch(drop.descriptor, tag: 8)
        #expect(
            events(second) == [
                WatchEvent(directory: 8, name: named(".order.tmp"), kind: .closedAfterWriting),
                WatchEvent(directory: 8, name: name, kind: .renamedIn),
                WatchEvent(directory: 7, name: named("in-place.json"), kind: .closedAfterWriting),
            ])
        #expect(events(second) == [])
    }

    @Test func whatWasSeenOfDirectoriesThatNobodyAsksForIsLeftOut() throws {
        let watch = try HandoverWatch()
        try watch.watch(drop.descriptor, tag: 1)
        let kept = dup(watch.descriptor)
        for number in 0..<5000 { try scratch.write("", to: "\(number)", in: drop.descriptor) }
        let next = HandoverWatch(takingOver: kept)
        try next.watch(other.descriptor, tag: 2)
        #expect(events(next) == [])
        try scratch.write("", to: "a", in: other.descriptor)
        #expect(events(next) == [WatchEvent(directory: 2, name: named("a"), kind: .closedAfterWriting)])
    }

    @Test func aDescriptorThatIsNoWatchIsRefused() throws {
        let watch = HandoverWatch(takingOver: dup(drop.descriptor))
        let error = #expect(throws: FileError.self) { try watch.watch(drop.descriptor, tag: 1) }
        #expect(error?.code == EINVAL)
        #expect(events(watch) == [])
    }

    @Test func aDescriptorGoesWithADatagram() throws {
        let path = scratch.path + "/socket"
        let receiver = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        defer { close(receiver) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let bound = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(receiver, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) }
        }
        try #require(bound == 0)
        try scratch.write("whole", to: name, in: drop.descriptor)
        let file = try files.openForReading(in: drop.descriptor, name)
        #expect(try DatagramSender(to: path).send(Array("FDSTORE=1".utf8), with: file))
        try files.close(file)
        var text = [UInt8](repeating: 0, count: 100)
        var control = [UInt64](repeating: 0, count: 4)
        let (count, passed) = text.withUnsafeMutableBytes { bytes in
            control.withUnsafeMutableBytes { control in
                var part = iovec(iov_base: bytes.baseAddress, iov_len: bytes.count)
                var message = msghdr()
                withUnsafeMutablePointer(to: &part) { message.msg_iov = $0 }
                message.msg_iovlen = 1
                message.msg_control = control.baseAddress
                message.msg_controllen = control.count
                let count = recvmsg(receiver, &message, Int32(MSG_DONTWAIT))
                // Behind the header of the one message: length, level, type.
                return (count, control.load(fromByteOffset: MemoryLayout<cmsghdr>.size, as: Descriptor.self))
            }
        }
        #expect(text.prefix(max(0, count)).elementsEqual("FDSTORE=1".utf8))
        defer { close(passed) }
        #expect(passed > 2 && passed != receiver)
        #expect(try files.readAll(passed, limit: 100) == Array("whole".utf8))
    }
}
