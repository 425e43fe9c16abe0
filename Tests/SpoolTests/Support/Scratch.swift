import CLinux
import Foundation
import Spool

/// A directory of a test's own, removed with all in it at the end, and the calls by which partners make files.
final class Scratch: Sendable {
    let path: String
    let descriptor: Descriptor
    let files = SystemFiles()

    init() throws {
        let base = FileManager.default.temporaryDirectory.path
        path = base + "/orderd-spool-test-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        descriptor = try files.openDirectory(at: nil, path: Path(path))
    }

    deinit {
        try? files.close(descriptor)
        try? FileManager.default.removeItem(atPath: path)
    }

    /// Makes a directory in it, and opens that.
    func directory(_ name: String) throws -> Directory {
        _ = try files.makeDirectory(in: descriptor, named(name), mode: 0o755)
        return try Directory(at: descriptor, path: Path(name), files: files)
    }

    /// Writes a file as an upload in place does: create, write, close.
    func write(_ text: String, to name: FileName, in directory: Descriptor) throws {
        let file = try files.create(in: directory, name, mode: 0o644, exclusive: false, truncate: true)
        defer { try? files.close(file) }
        try files.write(file, Array(text.utf8))
    }

    func write(_ text: String, to name: String, in directory: Descriptor) throws {
        try write(text, to: named(name), in: directory)
    }

    func read(_ name: FileName, in directory: Descriptor) throws -> String? {
        try files.readAll(in: directory, name).map { String(decoding: $0, as: UTF8.self) }
    }

    /// All names in a directory, sorted.
    func names(in directory: Descriptor) throws -> [FileName] {
        var names: [FileName] = []
        let reader = try files.list(directory)
        while let batch = try reader.next() { names += batch.map(\.name) }
        return names.sorted()
    }

    func candidate(_ name: FileName, in directory: Descriptor, how: Sighting = .renamed) throws -> Candidate {
        guard let status = try files.status(in: directory, name) else {
            throw FileError(call: "statx", path: name.description, code: ENOENT)
        }
        return Candidate(directory: 1, name: name, status: status, how: how, now: 0)
    }
}

/// A name that a test spells out. A test that spells a name wrongly may stop.
func named(_ text: String) -> FileName {
    guard let name = FileName(text) else { preconditionFailure("not a file's name: \(text)") }
    return name
}

/// Waits until a condition holds; false where it does not within the time. The time is generous: it only ends a test that has failed.
func eventually(within seconds: Int64 = 20, _ condition: () throws -> Bool) rethrows -> Bool {
    let clock = SystemClock()
    let deadline = clock.bootNanoseconds() + seconds * 1_000_000_000
    while clock.bootNanoseconds() < deadline {
        if try condition() { return true }
        _ = linux_poll(nil, 0, 1)
    }
    return false
}

/// Runs `body` on a thread of its own, and gives its result to who joins.
final class Background<Result: Sendable>: Sendable {
    private let box = Box<Result>()

    init(_ body: @escaping @Sendable () -> Result) {
        let box = box
        Thread.detachNewThread { box.set(body()) }
    }

    /// The result, if it is there within 20 seconds.
    func join() -> Result? { eventually { box.value != nil } ? box.value : nil }
    var isDone: Bool { box.value != nil }
}

private final class Box<Value: Sendable>: Sendable {
    private let content = Locked<Value?>(nil)
    var value: Value? { content.value }
    func set(_ value: Value) { content.value = value }
}
