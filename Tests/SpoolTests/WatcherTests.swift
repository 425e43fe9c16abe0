import Glibc
import Spool
import Testing

/// libinotifytools has one instance for a process, so all that use it stand here, one after the other.
@Suite(.serialized)
struct WatcherTests {
    private let scratch: Scratch
    private let files = SystemFiles()
    private let drop: Directory
    private let watcher: InotifyWatcher
    private let name = named("order.json")

    init() throws {
        scratch = try Scratch()
        drop = try scratch.directory("orders")
        // Tests of other modules run in this process as well, and one of them may have the instance for a moment.
        var opened: InotifyWatcher?
        _ = eventually {
            opened = try? InotifyWatcher()
            return opened != nil
        }
        watcher = try #require(opened)
    }

    private func events() -> [WatchEvent] {
        var events: [WatchEvent] = []
        watcher.drain { events.append($0) }
        return events
    }

    private func event(_ kind: WatchEvent.Kind, _ name: FileName?, tag: Int = 1, isDirectory: Bool = false) -> WatchEvent {
        WatchEvent(directory: tag, name: name, kind: kind, isDirectory: isDirectory)
    }

    private let all: WatchInterest = [.renamedIn, .closedAfterWriting, .created, .removed, .movedOut, .attributes]

    @Test func anUploadInPlaceIsCreatedThenClosed() throws {
        try watcher.watch(drop.descriptor, tag: 1, for: .uploads)
        try scratch.write("{}", to: name, in: drop.descriptor)
        #expect(events() == [event(.created, name), event(.closedAfterWriting, name)])
        #expect(events() == [])
        try scratch.write("[]", to: name, in: drop.descriptor)
        #expect(events() == [event(.closedAfterWriting, name)])
    }

    @Test func eachWayToAFinalNameIsSeen() throws {
        try watcher.watch(drop.descriptor, tag: 1, for: all)
        try scratch.write("{}", to: "elsewhere", in: scratch.descriptor)
        try files.rename(from: scratch.descriptor, named("elsewhere"), to: drop.descriptor, name, replacing: false)
        #expect(events() == [event(.renamedIn, name)])
        try files.rename(from: drop.descriptor, name, to: drop.descriptor, named("b"), replacing: false)
        #expect(events() == [event(.movedOut, name), event(.renamedIn, named("b"))])
        // An old-style rename: no move, and no close of the final name. The link count is an attribute.
        try files.link(from: drop.descriptor, named("b"), to: drop.descriptor, name)
        try files.remove(in: drop.descriptor, named("b"))
        let kinds = events().filter { $0.kind != .attributes }
        #expect(kinds == [event(.created, name), event(.removed, named("b"))])
        #expect(chmod(scratch.path + "/orders/order.json", 0o600) == 0)
        #expect(events() == [event(.attributes, name)])
        try files.rename(from: drop.descriptor, name, to: scratch.descriptor, name, replacing: false)
        #expect(events() == [event(.movedOut, name)])
    }

    @Test func onlyWhatIsAskedForIsTold() throws {
        try watcher.watch(drop.descriptor, tag: 1, for: .renamedIn)
        try scratch.write("{}", to: name, in: drop.descriptor)
        try files.remove(in: drop.descriptor, name)
        #expect(events() == [])
    }

    @Test func namesOfAnyBytesArriveWhole() throws {
        try watcher.watch(drop.descriptor, tag: 1, for: .created)
        let names = [
            named(String(repeating: "n", count: 255)), named("two\nlines"), try #require(FileName(bytes: [0xFF, 0xFE])), named("x"),
        ]
        for name in names { try scratch.write("", to: name, in: drop.descriptor) }
        _ = try files.makeDirectory(in: drop.descriptor, named("d"), mode: 0o755)
        #expect(events() == names.map { event(.created, $0) } + [event(.created, named("d"), isDirectory: true)])
    }

    @Test func directoriesAreToldApartByTheirTags() throws {
        let other = try scratch.directory("stock")
        try watcher.watch(drop.descriptor, tag: 10, for: .created)
        try watcher.watch(path: Path(scratch.path + "/stock"), tag: 20, for: .created)
        try scratch.write("", to: "a", in: other.descriptor)
        try scratch.write("", to: "b", in: drop.descriptor)
        #expect(events() == [event(.created, named("a"), tag: 20), event(.created, named("b"), tag: 10)])
    }

    @Test func anEndedWatchTellsNothingMore() throws {
        try watcher.watch(drop.descriptor, tag: 1, for: .created)
        try scratch.write("", to: "a", in: drop.descriptor)
        watcher.unwatch(1)
        try scratch.write("", to: "b", in: drop.descriptor)
        #expect(events() == [])
        watcher.unwatch(1)
        try watcher.watch(drop.descriptor, tag: 1, for: .created)
        try scratch.write("", to: "c", in: drop.descriptor)
        #expect(events() == [event(.created, named("c"))])
    }

    @Test(arguments: 1...3)
    func aDirectoryDeletedAndMadeAgainIsWatchedAnew(_ rounds: Int) throws {
        for round in 0..<rounds {
            let directory = try scratch.directory("again")
            try watcher.watch(directory.descriptor, tag: 5, for: .created)
            try scratch.write("", to: "\(round)", in: directory.descriptor)
            #expect(events() == [event(.created, named("\(round)"), tag: 5)])
            try files.remove(in: directory.descriptor, named("\(round)"))
            try files.removeDirectory(in: scratch.descriptor, named("again"))
        }
        // Each is gone once its descriptor is closed as well, and is told once.
        #expect(events().allSatisfy { $0 == event(.directoryGone, nil, tag: 5) })
        let directory = try scratch.directory("again")
        try watcher.watch(directory.descriptor, tag: 5, for: .created)
        try scratch.write("", to: name, in: directory.descriptor)
        #expect(events() == [event(.created, name, tag: 5)])
    }

    @Test func aRemovedDirectoryIsToldOnceNobodyHasItOpen() throws {
        var directory: Directory? = try scratch.directory("again")
        try watcher.watch(try #require(directory?.descriptor), tag: 5, for: .created)
        try files.removeDirectory(in: scratch.descriptor, named("again"))
        #expect(events() == [])
        directory = nil
        #expect(events() == [event(.directoryGone, nil, tag: 5)])
        #expect(events() == [])
    }

    @Test func aRenamedDirectoryIsGoneAndItsSuccessorIsWatched() throws {
        try watcher.watch(drop.descriptor, tag: 1, for: .created)
        #expect(rename(scratch.path + "/orders", scratch.path + "/old") == 0)
        let successor = try scratch.directory("orders")
        #expect(events() == [event(.directoryGone, nil)])
        try scratch.write("", to: "unseen", in: drop.descriptor)
        #expect(events() == [])
        try watcher.watch(successor.descriptor, tag: 1, for: .created)
        try scratch.write("", to: name, in: successor.descriptor)
        #expect(events() == [event(.created, name)])
    }

    @Test func aTagMovedToAnotherDirectoryLeavesTheFirst() throws {
        let other = try scratch.directory("stock")
        try watcher.watch(drop.descriptor, tag: 1, for: .created)
        try watcher.watch(other.descriptor, tag: 1, for: .created)
        try scratch.write("", to: "a", in: drop.descriptor)
        try scratch.write("", to: "b", in: other.descriptor)
        #expect(events() == [event(.created, named("b"))])
        // And a directory that gets another tag is told under that.
        try watcher.watch(other.descriptor, tag: 2, for: [.removed, .created])
        try files.remove(in: other.descriptor, named("b"))
        #expect(events() == [event(.removed, named("b"), tag: 2)])
        watcher.unwatch(1)
        try scratch.write("", to: "c", in: other.descriptor)
        #expect(events() == [event(.created, named("c"), tag: 2)])
    }

    @Test func anOverflowIsToldOnceAndWatchingGoesOn() throws {
        let limit = try #require(queueLimit())
        try watcher.watch(drop.descriptor, tag: 1, for: .uploads)
        // Two events a file, and one more file than there is room for.
        for number in 0...(limit / 2) { try scratch.write("", to: "\(number)", in: drop.descriptor) }
        let told = events()
        #expect(told.count == limit + 1)
        #expect(told.last == WatchEvent(directory: nil, name: nil, kind: .overflow))
        #expect(told.filter { $0.kind == .overflow }.count == 1)
        try scratch.write("", to: name, in: drop.descriptor)
        #expect(events().first == event(.created, name))
    }

    @Test func theDescriptorIsReadableWhileEventsWait() throws {
        let descriptor = try #require(watcher.descriptor)
        try watcher.watch(drop.descriptor, tag: 1, for: .created)
        #expect(try waitForInput([descriptor], timeoutMilliseconds: 0) == [])
        for number in 0..<5 { try scratch.write("", to: "\(number)", in: drop.descriptor) }
        #expect(try waitForInput([descriptor], timeoutMilliseconds: 1_000) == [descriptor])
        var count = 0
        #expect(watcher.drain(limit: 3) { _ in count += 1 } == 3)
        #expect(watcher.drain { _ in count += 1 } == 2)
        #expect(count == 5)
        #expect(try waitForInput([descriptor], timeoutMilliseconds: 0) == [])
        #expect(fcntl(descriptor, F_GETFD) & FD_CLOEXEC != 0)
    }

    @Test func aSecondWatcherInTheProcessIsRefused() throws {
        #expect(throws: WatcherError.alreadyOpen) { try InotifyWatcher() }
    }

    @Test func whatCannotBeWatchedIsAnErrorWithItsPlace() throws {
        try scratch.write("", to: "file", in: scratch.descriptor)
        let file = try files.openForReading(in: scratch.descriptor, named("file"))
        defer { try? files.close(file) }
        let error = #expect(throws: WatcherError.self) { try watcher.watch(file, tag: 1, for: .uploads) }
        #expect(error?.description.hasPrefix("inotify_add_watch \(scratch.path)/file: ") == true)
        #expect(throws: WatcherError.self) { try watcher.watch(path: Path(scratch.path + "/none"), tag: 1, for: .uploads) }
    }

    private func queueLimit() -> Int? {
        guard let directory = try? Directory(path: "/proc/sys/fs/inotify", files: files),
            let bytes = try? files.readAll(in: directory.descriptor, named("max_queued_events"))
        else { return nil }
        let limit = Int(String(decoding: bytes, as: UTF8.self).prefix { $0.isNumber })
        return limit.flatMap { $0 <= 100_000 ? $0 : nil }
    }
}

struct WatcherWithoutEventsTests {
    @Test func aPollingWatcherTakesAllAndTellsNothing() throws {
        let scratch = try Scratch()
        let watcher: any Watcher = PollingWatcher()
        #expect(watcher.descriptor == nil)
        try watcher.watch(scratch.descriptor, tag: 1, for: .uploads)
        try scratch.write("", to: "a", in: scratch.descriptor)
        #expect(watcher.drain { _ in Issue.record("an event from nowhere") } == 0)
        watcher.unwatch(1)
    }

    @Test func anEndedWatcherLeavesNoEventsToTheNext() async {
        await #expect(processExitsWith: .success) {
            let scratch = try Scratch()
            var watcher: InotifyWatcher? = try InotifyWatcher()
            try watcher?.watch(scratch.descriptor, tag: 1, for: .created)
            for number in 0..<100 { try scratch.write("", to: "\(number)", in: scratch.descriptor) }
            // One is drained, which lets the library read the rest into its buffer.
            #expect(watcher?.drain(limit: 1) { _ in } == 1)
            watcher = nil
            let next = try InotifyWatcher()
            // The first watch of each instance has the same number.
            try next.watch(scratch.descriptor, tag: 2, for: .created)
            #expect(next.drain { _ in } == 0)
            try scratch.write("", to: "a", in: scratch.descriptor)
            var events: [WatchEvent] = []
            next.drain { events.append($0) }
            #expect(events == [WatchEvent(directory: 2, name: named("a"), kind: .created)])
        }
    }

    @Test func aWatcherMadeTooLateIsRefusedInsteadOfAborting() async {
        await #expect(processExitsWith: .success) {
            var limit = rlimit(rlim_cur: 4096, rlim_max: 4096)
            try #require(setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0)
            while open("/dev/null", O_RDONLY) < 1100 {}
            let error = #expect(throws: WatcherError.self) { try InotifyWatcher() }
            guard case .descriptorTooHigh = error else {
                Issue.record("\(String(describing: error))")
                return
            }
        }
    }
}
