import Orders
import Spool

/// The journal: every event of a spool, one a line, in `journal/<UTC day>/<n>.ndjson`. Appended to and never changed.
///
/// A line counts once `append` has returned: it is on disk then (`fdatasync`). What a crash leaves of a line is cut off at the next start.
final class Journal {
    /// One file of the journal.
    struct Segment: Comparable {
        let day: String
        let number: Int

        static func < (left: Segment, right: Segment) -> Bool { (left.day, left.number) < (right.day, right.number) }
        var description: String { "\(day)/\(number).ndjson" }
    }

    /// A file is followed by the next one of its day beyond this size, so that an archive or a copy need not move one huge file.
    static let segmentSize: Int64 = 256 << 20

    private let directory: Descriptor
    private let files: any FileOperations
    private let segmentSize: Int64
    private var open: (segment: Segment, descriptor: Descriptor, size: Int64)?

    /// A journal in a directory.
    init(directory: Descriptor, files: any FileOperations, segmentSize: Int64 = Journal.segmentSize) {
        self.directory = directory
        self.files = files
        self.segmentSize = segmentSize
    }

    /// The files, oldest first.
    func segments() throws(LedgerError) -> [Segment] {
        do throws(FileError) { return try list() } catch { throw Self.storage(error) }
    }

    private func list() throws(FileError) -> [Segment] {
        var found: [Segment] = []
        let days = try files.list(directory)
        while let batch = try days.next() {
            for day in batch {
                guard let text = day.name.text, text.utf8.count == 10 else { continue }
                found += try segments(of: text)
            }
        }
        return found.sorted()
    }

    private func segments(of day: String) throws(FileError) -> [Segment] {
        let inner = try files.openDirectory(at: directory, path: Path(day))
        defer { try? files.close(inner) }
        var found: [Segment] = []
        let names = try files.list(inner)
        while let batch = try names.next() {
            for entry in batch {
                if let name = entry.name.text, name.hasSuffix(".ndjson"), let number = Int(name.dropLast(7)) {
                    found.append(Segment(day: day, number: number))
                }
            }
        }
        return found
    }

    // MARK: Writing

    /// Appends whole lines and waits until they are on disk.
    ///
    /// After an error the journal may hold a part of them; nothing more may be written before a new start has looked at it.
    func append(_ lines: [UInt8], day: String) throws(LedgerError) {
        do throws(FileError) {
            let descriptor = try prepare(day: day)
            try files.write(descriptor, lines)
            try files.syncData(descriptor)
            open?.size += Int64(lines.count)
        } catch {
            throw Self.storage(error)
        }
    }

    /// The file to append to: the newest one, or the first or next of a later day.
    private func prepare(day: String) throws(FileError) -> Descriptor {
        if let open, open.segment.day >= day, open.size < segmentSize { return open.descriptor }
        let last: Segment?
        if let open {
            last = open.segment
        } else {
            // A list that fails must not look like an empty journal: lines would go into an older file.
            last = try list().last
        }
        var segment = Segment(day: day, number: 1)
        if let last, last.day >= day {
            // The clock may have gone back over midnight: the newest file stays the newest.
            segment = Segment(day: last.day, number: open == nil ? last.number : last.number + 1)
        }
        try? closeOpen()
        try start(segment)
        return open?.descriptor ?? -1
    }

    private func start(_ segment: Segment) throws(FileError) {
        let made = try files.makeDirectory(in: directory, name(segment.day), mode: 0o700)
        let inner = try files.openDirectory(at: directory, path: Path(segment.day))
        defer { try? files.close(inner) }
        let file = name("\(segment.number).ndjson")
        let isNew = try files.status(in: inner, file) == nil
        let descriptor = try files.openForAppending(in: inner, file, mode: 0o600)
        // A new file survives a power cut only with its directory entries.
        if isNew { try files.syncAll(inner) }
        if made { try files.syncAll(directory) }
        open = (segment, descriptor, try files.status(descriptor).size)
    }

    /// Cuts everything behind an event off, and what a crash has left of a line.
    ///
    /// - Parameter seq: the last event that stays; 0 for an empty journal.
    func cut(after seq: Int64) throws(LedgerError) {
        try closing()
        let all = try segments()
        for (index, segment) in all.enumerated().reversed() {
            var keep: Int64 = 0
            var last: Int64 = 0
            try readLines(segment) { (line, end) throws(LedgerError) in
                guard let number = Self.number(of: line) else {
                    // Behind the last line that counts anything may lie, after a power cut in the middle of a write.
                    // It may be the first line of a file, where the last one that counts, or one behind it, ends the file before.
                    if last == seq { return false }
                    if last == 0, try lastNumber(all[..<index]) >= seq { return false }
                    throw LedgerError(
                        .damaged, "journal/\(segment.description) holds a line that is no event",
                        hint: "orderd audit verify places the damage")
                }
                guard number <= seq else { return false }
                keep = end
                last = number
                return true
            }
            do throws(FileError) {
                let inner = try files.openDirectory(at: directory, path: Path(segment.day))
                defer { try? files.close(inner) }
                let descriptor = try files.openForUpdating(in: inner, name("\(segment.number).ndjson"), mode: 0o600)
                defer { try? files.close(descriptor) }
                if try files.status(descriptor).size > keep {
                    try files.truncate(descriptor, to: keep)
                    try files.syncAll(descriptor)
                }
            } catch {
                throw Self.storage(error)
            }
            if last > 0 { return }
        }
    }

    /// The number of the last line of some files; 0 where they have none, or it is no event.
    private func lastNumber(_ segments: ArraySlice<Segment>) throws(LedgerError) -> Int64 {
        for segment in segments.reversed() {
            var last: [UInt8]?
            try readLines(segment) { line, _ in
                last = line
                return true
            }
            if let last { return Self.number(of: last) ?? 0 }
        }
        return 0
    }

    func close() { try? closeOpen() }

    private func closing() throws(LedgerError) {
        do throws(FileError) { try closeOpen() } catch { throw Self.storage(error) }
    }

    private func closeOpen() throws(FileError) {
        guard let current = open else { return }
        open = nil
        try files.close(current.descriptor)
    }

    // MARK: Reading

    /// The last line that is an event, or nil for a journal without one; and what is wrong with what follows it, if anything does. A power
    /// cut in the middle of a write may leave pages of it out of order.
    func lastLine() throws(LedgerError) -> (line: JournalLine?, fault: LedgerError?) {
        var fault: LedgerError?
        for segment in try segments().reversed() {
            var last: [UInt8]?
            try readLines(segment) { line, _ in
                last = line
                return true
            }
            guard let last else { continue }
            do throws(LedgerError) { return (try JournalLine(last), fault) } catch { fault = fault ?? error }
            var sound: JournalLine?
            try readLines(segment) { line, _ in
                guard let parsed = try? JournalLine(line) else { return false }
                sound = parsed
                return true
            }
            if let sound { return (sound, fault) }
        }
        return (nil, fault)
    }

    /// Every whole line from the first on: the file, the line's number in it from 1, and its bytes without the newline.
    func forEachLine(_ body: (Segment, Int, [UInt8]) throws(LedgerError) -> Bool) throws(LedgerError) {
        for segment in try segments() {
            var number = 0
            var goesOn = true
            try readLines(segment) { (line, _) throws(LedgerError) in
                number += 1
                goesOn = try body(segment, number, line)
                return goesOn
            }
            if !goesOn { return }
        }
    }

    /// What follows the last newline of the newest file: a line that a crash has cut short, or that was cut by hand.
    func tornTail() throws(LedgerError) -> Int {
        guard let segment = try segments().last else { return 0 }
        var end: Int64 = 0
        try readLines(segment) { _, after in
            end = after
            return true
        }
        do throws(FileError) {
            let inner = try files.openDirectory(at: directory, path: Path(segment.day))
            defer { try? files.close(inner) }
            return Int((try files.status(in: inner, name("\(segment.number).ndjson"))?.size ?? end) - end)
        } catch {
            throw Self.storage(error)
        }
    }

    /// Reads one file line by line; `body` gets the line without its newline and the offset behind it.
    private func readLines(_ segment: Segment, _ body: ([UInt8], Int64) throws(LedgerError) -> Bool) throws(LedgerError) {
        let descriptor: Descriptor
        do throws(FileError) {
            let inner = try files.openDirectory(at: directory, path: Path(segment.day))
            defer { try? files.close(inner) }
            descriptor = try files.openForReading(in: inner, name("\(segment.number).ndjson"))
        } catch {
            throw Self.storage(error)
        }
        defer { try? files.close(descriptor) }
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        var carried: [UInt8] = []
        var offset: Int64 = 0
        while true {
            let count = try fill(&buffer, descriptor, offset)
            if count == 0 { return }
            var start = 0
            while let newline = buffer[start..<count].firstIndex(of: UInt8(ascii: "\n")) {
                let line: [UInt8]
                if carried.isEmpty {
                    line = Array(buffer[start..<newline])
                } else {
                    line = carried + buffer[start..<newline]
                    carried.removeAll(keepingCapacity: true)
                }
                start = newline + 1
                if !(try body(line, offset + Int64(start))) { return }
            }
            carried.append(contentsOf: buffer[start..<count])
            offset += Int64(count)
        }
    }

    private func fill(_ buffer: inout [UInt8], _ descriptor: Descriptor, _ offset: Int64) throws(LedgerError) -> Int {
        var failure: FileError?
        let count = buffer.withUnsafeMutableBytes { bytes in
            do throws(FileError) {
                return try files.read(descriptor, into: bytes, at: offset)
            } catch {
                failure = error
                return 0
            }
        }
        if let failure { throw Self.storage(failure) }
        return count
    }

    private func name(_ text: String) -> FileName {
        guard let name = FileName(text) else { preconditionFailure("\(text) is not a file name") }
        return name
    }

    /// The event number of a line, without a look at the rest.
    private static func number(of line: [UInt8]) -> Int64? {
        guard line.starts(with: JournalLine.opening) else { return nil }
        let digits = line[JournalLine.opening.count...].prefix { $0 >= 48 && $0 <= 57 }
        return digits.isEmpty || digits.count > 18 ? nil : digits.reduce(Int64(0)) { $0 * 10 + Int64($1 - 48) }
    }

    private static func storage(_ error: FileError) -> LedgerError {
        LedgerError(.storage, "\(error)", hint: "orderd stops here and recovers at its next start")
    }
}
