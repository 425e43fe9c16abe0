import Orders
import Spool

/// What partners do to their directories, by the same file system and at any moment.
extension World {
    /// A partner goes on with an upload, or begins one.
    func partnersAct() {
        if let upload = busy.first(where: { $0.due <= bootMilliseconds }), dice.once(in: 2) {
            goOn(upload)
        } else if uploads.count < 40 {
            begin(dice.pick(Self.partners))
        }
    }

    /// How long nobody is late: until the first partner must go on.
    var patience: Int64 { busy.map { $0.due - bootMilliseconds + 1000 }.min() ?? .max }

    private func begin(_ partner: String) {
        switch dice.below(16) {
        case 0: odd(partner)
        case 1: broken(partner)
        case 2, 3, 4: inPieces(partner)
        default: renamed(partner)
        }
    }

    // MARK: Names and bytes

    private func content(_ partner: String) -> (suffix: String, bytes: [UInt8], expected: Expectation) {
        guard var maker = makers[partner] else { return ("json", [], .refusal) }
        defer { makers[partner] = maker }
        if profile.dropsLargeFiles, dice.once(in: 8) {
            let (bytes, expected) = large(&maker)
            return ("ndjson", bytes, expected)
        }
        var entries: [Entry]
        switch dice.below(6) {
        case 0: entries = (0..<dice.within(2...6)).map { _ in maker.entry() }
        case 1: entries = maker.pairOfRefusedAndSound()
        case 2:
            entries = (0..<dice.within(1...5)).map { _ in maker.entry() }
            return ("ndjson", Array(entries.map { maker.text($0) + "\n" }.joined().utf8), .orders(entries))
        default:
            let entry = maker.entry()
            return ("json", Array(maker.text(entry).utf8), .orders([entry]))
        }
        return ("json", Array(("[" + entries.map { maker.text($0) }.joined(separator: ",") + "]").utf8), .orders(entries))
    }

    /// More than is read at once: it is taken in slices.
    private func large(_ maker: inout ContentMaker) -> (bytes: [UInt8], expected: Expectation) {
        let entries = (0..<dice.within(33...38)).map { _ in maker.entry(padding: 9_500) }
        return (Array(entries.map { maker.text($0) + "\n" }.joined().utf8), .orders(entries))
    }

    /// A name that others may have had, or may get.
    private func name(_ suffix: String) -> FileName {
        let stem = dice.once(in: 2) ? dice.pick(["a", "b", "c"]) : "o\(uploads.count)"
        return FileName(unchecked: stem + "." + suffix)
    }

    private func drops(_ partner: String, _ drop: String = "orders") -> Node? {
        disk.find("spool/" + SpoolTree.dropDirectory(drop, of: partner))
    }

    private func enter(_ upload: Upload, _ what: String) {
        uploads.append(upload)
        trace.note("partner", upload.partner, what, upload.name.description, "\(upload.bytes.count)", "inode \(upload.node.inode)")
    }

    /// What had the name in the drop directory is gone by the partner's own doing, unless it was taken before.
    private func replace(_ node: Node?) {
        for upload in uploads where upload.node === node && !upload.isJudged && upload.state != .replaced {
            upload.state = .replaced
            busy.removeAll { $0 === upload }
        }
    }

    // MARK: Ways to drop

    /// Written under a temporary name, renamed when it is whole.
    private func renamed(_ partner: String) {
        guard let directory = drops(partner) else { return }
        let (suffix, bytes, expected) = content(partner)
        let name = name(suffix)
        let temporary = FileName(unchecked: ".\(uploads.count).part")
        if let old = directory.entries[name], old.kind == .directory { return }
        let node = disk.make(.regular, temporary, in: directory, mode: 0o644)
        node.content = bytes
        disk.changed(node)
        if dice.once(in: 2) { disk.sync(node) }
        let old = directory.entries[name]
        let upload = Upload(
            number: uploads.count, partner: partner, drop: "orders", name: name, bytes: bytes, expected: expected, node: node)
        upload.state = .dropped
        upload.isRenamed = true
        replace(old)
        if old == nil, dice.once(in: 5) {
            // An old-style rename: a second name, then one less.
            disk.link(node, as: name, in: directory)
            disk.remove(temporary, in: directory)
        } else {
            disk.rename(temporary, in: directory, to: directory, name)
        }
        if dice.once(in: 6) { disk.attributesChanged(node) }
        enter(upload, "renames")
        // Some have not closed it yet, which is no harm as long as leases show it.
        if profile.hasLeases, dice.once(in: 8) { hold(upload) }
    }

    private func hold(_ upload: Upload) {
        upload.isOpen = true
        upload.node.opens += 1
        upload.node.writers += 1
        upload.written = upload.bytes.count
        upload.due = bootMilliseconds + Int64(dice.within(0...4000))
        busy.append(upload)
    }

    /// Written under its own name, piece by piece.
    private func inPieces(_ partner: String) {
        let (suffix, bytes, expected) = content(partner)
        // Without leases lines that end at a line's end look whole in between, as the documentation says.
        guard suffix == "json" || profile.hasLeases else { return }
        guard let upload = beginInPlace(partner, suffix, bytes, expected) else { return }
        enter(upload, "writes")
        upload.isOpen = true
        upload.node.opens += 1
        upload.node.writers += 1
        busy.append(upload)
        goOn(upload)
    }

    /// Broken off in the middle, and resumed within the deadline, or never.
    private func broken(_ partner: String) {
        let (_, bytes, expected) = content(partner)
        guard bytes.count > 20, case .orders = expected, bytes.last != 10 else { return }
        guard let upload = beginInPlace(partner, "json", bytes, expected) else { return }
        put(upload, dice.within(5...bytes.count - 5))
        enter(upload, "breaks off")
        disk.closedAfterWriting(upload.node)
        upload.state = dice.once(in: 3) ? .abandoned : .broken
        upload.due = bootMilliseconds + Int64(dice.within(100...400_000))
        if upload.state == .broken { busy.append(upload) }
    }

    private func beginInPlace(_ partner: String, _ suffix: String, _ bytes: [UInt8], _ expected: Expectation) -> Upload? {
        guard let directory = drops(partner) else { return nil }
        let name = name(suffix)
        let node: Node
        if let known = directory.entries[name] {
            // Who has the file open for writing already goes on with it; a lease keeps others waiting.
            // And what a power cut has left with two names is refused, whatever stands in it.
            guard known.kind == .regular, known.links == 1, known.writers == 0, !isOverwrittenUnseen(known), isFree(known) else {
                return nil
            }
            replace(known)
            known.cut(to: 0)
            disk.changed(known)
            node = known
        } else {
            node = disk.make(.regular, name, in: directory, mode: 0o644)
        }
        return Upload(number: uploads.count, partner: partner, drop: "orders", name: name, bytes: bytes, expected: expected, node: node)
    }

    /// Whether nothing will tell that a file that was renamed into place is written over where it lies: neither a lease nor the event of its
    /// being closed.
    private func isOverwrittenUnseen(_ node: Node) -> Bool {
        guard let upload = uploads.last(where: { $0.node === node }) else { return true }
        return upload.isRenamed && (!profile.hasLeases || profile.losesEvents)
    }

    /// Whether it can be opened for writing now; where a lease stands in the way, its holder is told.
    private func isFree(_ node: Node) -> Bool {
        if node.lease != nil { node.isLeaseBroken = true }
        return node.lease == nil
    }

    private func put(_ upload: Upload, _ count: Int) {
        upload.node.content += upload.bytes[upload.written..<upload.written + count]
        upload.written += count
        disk.changed(upload.node)
    }

    /// The next piece, and the end.
    private func goOn(_ upload: Upload) {
        if upload.state == .broken {
            guard isFree(upload.node) else { return }
            upload.isOpen = true
            upload.node.opens += 1
            upload.node.writers += 1
            upload.state = .writing
        }
        let left = upload.bytes.count - upload.written
        if left > 0 { put(upload, dice.once(in: 2) ? left : dice.within(1...left)) }
        upload.due = bootMilliseconds + Int64(dice.pick([10, 900, 3000]))
        trace.note("partner", upload.partner, "goes on", upload.name.description, "\(upload.written)")
        guard upload.written == upload.bytes.count else { return }
        upload.isOpen = false
        upload.node.opens -= 1
        upload.node.writers -= 1
        if upload.state == .writing { upload.state = .dropped }
        busy.removeAll { $0 === upload }
        disk.closedAfterWriting(upload.node)
        disk.release(upload.node)
    }

    /// Things that are no order files.
    private func odd(_ partner: String) {
        let kind = dice.below(7)
        let drop = kind == 6 ? "requests" : "orders"
        guard let directory = drops(partner, drop) else { return }
        let name = FileName(unchecked: "odd\(uploads.count)." + (kind == 5 ? "txt" : "json"))
        guard directory.entries[name] == nil else { return }
        let node: Node
        switch kind {
        case 0: node = disk.make(.directory, name, in: directory, mode: 0o755)
        case 1: node = disk.make(.fifo, name, in: directory, mode: 0o644)
        case 2: node = disk.make(.symlink, name, in: directory, mode: 0o777)
        case 3: node = disk.make(.regular, name, in: directory, mode: 0)
        default:
            node = disk.make(.regular, name, in: directory, mode: 0o644)
            node.content = Array((kind == 4 ? "{\"customerId\":}" : "hello").utf8)
            disk.changed(node)
            disk.closedAfterWriting(node)
        }
        let upload = Upload(
            number: uploads.count, partner: partner, drop: drop, name: name, bytes: node.content, expected: .refusal, node: node)
        upload.state = .dropped
        enter(upload, "drops a \(node.kind.rawValue)")
    }

    // MARK: Ends

    /// After a power cut nobody goes on with anything, and what was not synced may be gone.
    func connectionsBreak(_ damaged: [Node]) {
        for upload in busy {
            upload.isOpen = false
            if upload.isUnfinished { upload.state = .abandoned }
        }
        busy = []
        for upload in uploads {
            if damaged.contains(where: { $0 === upload.node }) { upload.isDamaged = true }
            if upload.node.parent === drops(upload.partner, upload.drop), upload.node.links > 0 { upload.isBack = true }
            guard upload.state == .dropped || upload.state == .abandoned, !upload.isJudged else { continue }
            let isThere = upload.node.parent?.entries[upload.name] === upload.node && upload.node.links == 1
            if !isThere { upload.state = .lost }
        }
    }

    /// All partners finish what they have begun.
    func partnersFinish() {
        for upload in busy {
            upload.due = 0
            var attempts = 0
            while busy.contains(where: { $0 === upload }), attempts < 100 {
                goOn(upload)
                attempts += 1
            }
        }
    }
}
