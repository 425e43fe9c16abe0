import Foundation
import Glibc
import Spool
import Testing

struct SystemTests {
    @Test func aWakeupIsReadableUntilCleared() throws {
        let wakeup = try Wakeup()
        #expect(try waitForInput([wakeup.descriptor], timeoutMilliseconds: 0) == [])
        for _ in 0..<3 { wakeup.signal() }
        #expect(try waitForInput([wakeup.descriptor], timeoutMilliseconds: -1) == [wakeup.descriptor])
        wakeup.clear()
        #expect(try waitForInput([wakeup.descriptor], timeoutMilliseconds: 0) == [])
        wakeup.clear()
    }

    @Test func anotherThreadWakesTheWaitingOne() throws {
        let wakeup = try Wakeup()
        let other = try Wakeup()
        let signaller = Background { wakeup.signal() }
        #expect(try waitForInput([other.descriptor, wakeup.descriptor], timeoutMilliseconds: 20_000) == [wakeup.descriptor])
        #expect(signaller.join() != nil)
    }

    @Test func waitingOnNothingEndsWithTheTime() throws {
        #expect(try waitForInput([], timeoutMilliseconds: 1) == [])
    }

    @Test func waitingOnAClosedDescriptorIsAnError() throws {
        let error = #expect(throws: FileError.self) { try waitForInput([1_000_000], timeoutMilliseconds: -1) }
        #expect(error?.code == EBADF)
    }

    /// By the numbers of statfs(2), which the kernel has given away once and for all.
    @Test func fileSystemsWithoutEventsAreKnown() throws {
        let known: [(UInt32, EventlessFileSystem)] = [
            (0x6969, .nfs), (0x6573_5546, .fuse), (0x517B, .smb), (0xFF53_4D42, .cifs), (0xFE53_4D42, .smb2), (0x0102_1997, .plan9),
            (0x00C3_6400, .ceph), (0x5346_414F, .afs),
        ]
        for (number, kind) in known { #expect(EventlessFileSystem(rawValue: number) == kind) }
        #expect(known.count == EventlessFileSystem.allCases.count)
        // ext4, tmpfs, overlayfs, XFS and btrfs do raise events.
        let others: [UInt32] = [0xEF53, 0x0102_1994, 0x794C_7630, 0x5846_5342, 0x9123_683E]
        #expect(others.allSatisfy { EventlessFileSystem(rawValue: $0) == nil })
        #expect(EventlessFileSystem(of: -1) == nil)
        let proc = try SystemFiles().openDirectory(at: nil, path: Path("/proc"))
        #expect(EventlessFileSystem(of: proc) == nil)
        try SystemFiles().close(proc)
    }

    @Test func anEndedPipeIsReady() throws {
        var ends: [Descriptor] = [0, 0]
        #expect(pipe(&ends) == 0)
        close(ends[1])
        #expect(try waitForInput([ends[0]], timeoutMilliseconds: -1) == [ends[0]])
        close(ends[0])
    }

    @Test func aSignalArrivesAsInputInsteadOfEndingTheProcess() async {
        await #expect(processExitsWith: .success) {
            let signals = try SignalDescriptor(signals: [SIGTERM, SIGHUP])
            #expect(signals.next() == nil)
            // Sent to this thread, since the test process had threads before that do not block it.
            #expect(pthread_kill(pthread_self(), SIGTERM) == 0)
            #expect(try waitForInput([signals.descriptor], timeoutMilliseconds: 10_000) == [signals.descriptor])
            #expect(signals.next() == SIGTERM)
            #expect(signals.next() == nil)
        }
    }

    @Test func theIOSignalOfALeaseDoesNotEndTheProcess() async {
        await #expect(processExitsWith: .success) {
            SystemFiles.ignoreLeaseSignals()
            #expect(kill(getpid(), SIGIO) == 0)
        }
    }

    @Test func theOtherEndOfASocketIsKnown() throws {
        var ends: [Descriptor] = [0, 0]
        #expect(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0)
        defer { for end in ends { close(end) } }
        let peer = try PeerCredentials(of: ends[0])
        #expect(peer.process == getpid() && peer.user == geteuid() && peer.group == getegid())
        #expect(throws: FileError.self) { try PeerCredentials(of: 1_000_000) }
    }

    @Test func clocksTellTime() {
        let clock = SystemClock()
        let before = clock.bootNanoseconds()
        #expect(abs(clock.wallMilliseconds() - Int64(Date().timeIntervalSince1970 * 1000)) < 60_000)
        #expect(clock.bootNanoseconds() >= before && before > 0)
    }

    @Test func randomNumbersDiffer() {
        let random = SystemRandom()
        #expect(Set((0..<100).map { _ in random.next() }).count == 100)
    }
}
