import Foundation
import Glibc
import Ledger
import Orders
import Spool

/// Files dropped for a partner, and the receipts that they get.
final class Submission {
    private struct Dropped {
        let name: FileName
        let status: FileStatus
    }

    private let context: CommandContext
    private let partner: String
    private let replaces: Bool
    private let reader: LedgerReader
    private let tree: SpoolTree
    private let directory: Descriptor
    private let before: Int64
    private var waiting: [Dropped] = []
    private var number = 0

    init(_ context: CommandContext, partner: String, replaces: Bool, reader: LedgerReader) throws {
        self.context = context
        self.partner = partner
        self.replaces = replaces
        self.reader = reader
        tree = try context.tree()
        directory = try tree.directory(SpoolTree.dropDirectory("orders", of: partner))
        before = try reader.queries.head().seq
    }

    /// Copies a file under a temporary name, then renames it.
    func drop(_ path: [UInt8]) throws {
        let last = path.split(separator: UInt8(ascii: "/")).last ?? []
        guard let name = FileName(bytes: last) else { throw CommandFailure.refused("is no file's name") }
        guard judgeName(name) == .candidate else {
            throw CommandFailure.refused("a file of this name is never taken: it is hidden, or temporary; rename it first")
        }
        let source = Path(bytes: path).withCString { Glibc.open($0, O_RDONLY | O_CLOEXEC) }
        guard source >= 0 else { throw FileError(call: "open", path: Path(bytes: path).description, code: errno) }
        defer { Glibc.close(source) }
        number += 1
        guard let temporary = FileName(".submit-\(getpid())-\(number).tmp") else { return }
        do {
            let status = try copy(source, to: temporary)
            do throws(FileError) {
                try tree.files.rename(from: directory, temporary, to: directory, name, replacing: replaces)
            } catch {
                guard error.isTaken else { throw error }
                throw CommandFailure.refused(
                    "a file of this name waits in the drop directory already; --replace puts this one in its place")
            }
            waiting.append(Dropped(name: name, status: status))
        } catch {
            _ = try? tree.files.removeIfPresent(in: directory, temporary)
            throw error
        }
    }

    private func copy(_ source: Descriptor, to temporary: FileName) throws -> FileStatus {
        let target = try tree.files.create(in: directory, temporary, mode: 0o640, exclusive: true, truncate: false)
        defer { try? tree.files.close(target) }
        // Whatever the umask: the daemon's group must be able to read it.
        try tree.files.setMode(target, to: 0o640)
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        while true {
            let count = buffer.withUnsafeMutableBytes { Glibc.read(source, $0.baseAddress, $0.count) }
            if count == 0 { break }
            guard count > 0 else {
                if errno == EINTR { continue }
                throw FileError(call: "read", path: "the file to submit", code: errno)
            }
            try tree.files.write(target, Array(buffer[..<count]))
        }
        return try tree.files.status(target)
    }

    /// Waits until every dropped file has its receipt, or the time is up.
    ///
    /// - Returns: the names of the files without one.
    func wait(for time: Duration, _ body: (JSONValue) -> Void) throws -> [String] {
        let clock = SystemClock()
        let deadline = clock.bootNanoseconds() + time.inNanoseconds
        while true {
            var rest: [Dropped] = []
            for item in waiting {
                if let receipt = try receipt(of: item) { body(receipt) } else { rest.append(item) }
            }
            waiting = rest
            if waiting.isEmpty || clock.bootNanoseconds() >= deadline { return waiting.map(\.name.description) }
            Thread.sleep(forTimeInterval: 0.02)
        }
    }

    /// The published receipt of a file; the ledger tells its drop by the very inode.
    private func receipt(of item: Dropped) throws -> JSONValue? {
        guard
            let drop = try reader.queries.drop(
                device: item.status.device, inode: item.status.inode, birth: item.status.birthTime, after: before),
            drop.verdict != nil
        else { return nil }
        return try Receipts.find(drop, tree)
    }
}

/// Receipts as partners find them.
enum Receipts {
    /// The receipt of a drop: under its file's name, or, where a later drop has that, under its own id.
    static func find(_ drop: DropRecord, _ tree: SpoolTree) throws(FileError) -> JSONValue? {
        guard let name = FileName(bytes: drop.facts.name) else { return nil }
        for suffix in [".receipt.json", ".\(drop.id.text).receipt.json"] {
            if let receipt = try read(name, suffix, drop.facts, tree), receipt["dropId"]?.text == drop.id.text { return receipt }
        }
        return nil
    }

    /// Where the receipt of a file's last drop lies, below the spool's root.
    static func path(_ facts: DropFacts) -> String {
        let directory = SpoolTree.receiptDirectory(facts.directory, of: facts.partner)
        guard let name = FileName(bytes: facts.name) else { return directory }
        return directory + "/" + cutName(name, suffix: ".receipt.json", digest: sha256).description
    }

    /// The receipt of this suffix; nil where there is none, or where it is no JSON.
    static func read(_ name: FileName, _ suffix: String, _ facts: DropFacts, _ tree: SpoolTree) throws(FileError) -> JSONValue? {
        do throws(FileError) {
            let bytes = try tree.withDirectory(SpoolTree.receiptDirectory(facts.directory, of: facts.partner)) {
                directory throws(FileError) in
                try tree.files.readAll(in: directory, cutName(name, suffix: suffix, digest: sha256), limit: 1 << 30)
            }
            return bytes.flatMap { try? JSONValue.parse($0) }
        } catch {
            if error.isMissing { return nil }
            throw error
        }
    }
}
