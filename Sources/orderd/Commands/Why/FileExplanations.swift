import Ledger
import Orders
import Spool

/// What is known of a dropped file: waiting in a drop directory, in hand, or answered by a receipt.
struct FileExplanations {
    private let context: CommandContext
    let tree: SpoolTree
    private let queries: Queries
    private let isRunning: Bool?

    init(_ context: CommandContext, _ tree: SpoolTree, _ queries: Queries, isRunning: Bool?) {
        self.context = context
        self.tree = tree
        self.queries = queries
        self.isRunning = isRunning
    }

    /// Everything that is known of files with this name, or of the one at this path.
    func of(_ path: [UInt8]) throws -> [Explanation] {
        let parts = path.split(separator: UInt8(ascii: "/"))
        guard let last = parts.last, let name = FileName(bytes: last) else { return [] }
        let partners = try queries.partners()
        // .../partners/acme/orders/name
        let owner = parts.count >= 3 ? String(decoding: parts[parts.count - 3], as: UTF8.self) : nil
        let folder = parts.count >= 2 ? String(decoding: parts[parts.count - 2], as: UTF8.self) : nil
        let isPlaced = owner != nil && folder.map(SpoolTree.dropDirectories.contains) == true && partners.contains { $0.name == owner }
        var found: [Explanation] = []
        for partner in partners where !isPlaced || partner.name == owner {
            for drop in SpoolTree.dropDirectories where !isPlaced || drop == folder {
                if let explanation = try waiting(name, partner, drop) { found.append(explanation) }
                if let explanation = try claimed(name, partner.name, drop) { found.append(explanation) }
            }
        }
        if let explanation = try answered(name, isPlaced ? owner : nil, isPlaced ? folder : nil) { found.append(explanation) }
        return found
    }

    // MARK: In a drop directory

    private func waiting(_ name: FileName, _ partner: PartnerChange, _ drop: String) throws -> Explanation? {
        let directory = SpoolTree.dropDirectory(drop, of: partner.name)
        guard let status = try status(name, in: directory) else { return nil }
        var explanation: Explanation
        func explain(_ state: String, _ headline: String) -> Explanation {
            Explanation(
                subject: name.description, kind: "file", state: state, headline: headline, place: "\(directory)/\(name)",
                since: Timestamp(milliseconds: status.changeTime / 1_000_000))
        }
        let pauses = try queries.pauses()
        if judgeName(name) != .candidate {
            explanation = explain("temporary-name", "is never taken under this name")
            explanation.because = "a name that begins with a dot, or ends as temporary names do, is one of an upload that is not finished"
            explanation.untilText = "it is renamed to its final name"
            let age = Timestamp.now.milliseconds - status.changeTime / 1_000_000
            if age > 86_400_000 { explanation.advice = ["ask \(partner.name): the upload broke off \(span(age)) ago"] }
        } else if partner.state != "active" {
            explanation = explain("partner-\(partner.state)", "waits: its partner is \(partner.state)")
            explanation.untilText = partner.state == "disabled" ? "the partner is enabled" : "never: removed partners stay so"
            if partner.state == "disabled" { explanation.advice = ["orderd partner enable \(partner.name)"] }
        } else if let pause = pauses.first(where: { $0.pause.what == "intake" }) {
            explanation = explain("intake-paused", "waits: intake is paused")
            explanation.because = Explanation.pauseText(pause)
            explanation.untilText = "intake goes on"
            explanation.advice = ["orderd resume --intake"]
        } else if isDiskLow {
            explanation = explain("disk-low", "waits: the disk is nearly full")
            explanation.because = "less than \(byteText(context.configuration[Keys.Intake.diskReserve])) is free (intake.diskReserve)"
            explanation.untilText = "there is room again"
            explanation.advice = ["df -h \(context.root)"]
        } else if isRunning == false {
            explanation = explain("no-daemon", "waits: no daemon runs on this spool")
            explanation.untilText = "a daemon runs"
            explanation.advice = ["orderd run --spool \(context.root)"]
        } else if try self.status(name, in: SpoolTree.claimedDirectory(drop, of: partner.name)) != nil {
            explanation = explain("name-in-hand", "waits: an earlier upload of this name is in hand")
            explanation.untilText = "that one has its receipt"
        } else {
            explanation = explain("settling", "waits for the end of its upload to be known")
            unfinished(&explanation, name, status, drop, partner.name)
        }
        return explanation
    }

    private func unfinished(
        _ explanation: inout Explanation, _ name: FileName, _ status: FileStatus, _ drop: String, _ partner: String
    ) {
        let directory = SpoolTree.dropDirectory(drop, of: partner)
        let changed = status.changeTime / 1_000_000
        let settled = changed + context.configuration[Keys.Intake.settle].inMilliseconds
        if Timestamp.now.milliseconds < settled {
            explanation.because = "it must lie unchanged for \(context.configuration[Keys.Intake.settle].configurationText) (intake.settle)"
            explanation.until = Timestamp(milliseconds: settled)
        } else if let told = toldUpload(name, status, drop, partner) {
            explanation.because =
                told.isRefused
                ? "it ends in the middle, so that a resumed upload may still complete it (intake.resumeDeadline)"
                : "its upload broke off, so that it may still be resumed; else it is taken as far as it goes (intake.resumeDeadline)"
            explanation.until = told.until
        } else if endsEarly(name, status, directory) {
            explanation.because = "it ends in the middle, so that a resumed upload may still complete it (intake.resumeDeadline)"
            explanation.until = Timestamp(milliseconds: changed + context.configuration[Keys.Intake.resumeDeadline].inMilliseconds)
        } else {
            let limit = context.configuration[Keys.Intake.rateLimit, partner: partner]
            explanation.because =
                "it is looked at in its turn; a program may still have it open for writing"
                + (limit > 0 ? ", or more wait than the \(limit) orders a minute that are taken from \(partner) (intake.rateLimit)" : "")
            explanation.untilText = "its turn comes, or the next look at all directories (intake.rescan)"
            explanation.advice = ["fuser -v \(context.root)/\(directory)/\(name)"]
        }
    }

    private func endsEarly(_ name: FileName, _ status: FileStatus, _ directory: String) -> Bool {
        guard let kind = OrderFileKind(fileName: name.bytes), status.kind == .regular, status.size <= 4 << 20 else { return false }
        let read = try? tree.withDirectory(directory) { descriptor throws(FileError) in
            try tree.files.readAll(in: descriptor, name, limit: 4 << 20)
        }
        guard let bytes = read ?? nil else { return false }
        var splitter = OrderSplitter(kind: kind, maximumOrderBytes: 4 << 20)
        bytes.withUnsafeBufferPointer { all in _ = splitter.feed(all, isLast: true) { _ in true } }
        if case .endsEarly = splitter.end { return true }
        return false
    }

    private var isDiskLow: Bool {
        guard let free = try? tree.files.freeSpace(tree.rootDescriptor) else { return false }
        return free.bytes < context.configuration[Keys.Intake.diskReserve]
    }

    // MARK: In hand, and answered

    private func claimed(_ name: FileName, _ partner: String, _ drop: String) throws -> Explanation? {
        let directory = SpoolTree.claimedDirectory(drop, of: partner)
        guard let status = try status(name, in: directory) else { return nil }
        var explanation = Explanation(
            subject: name.description, kind: "file", state: "in-hand", headline: "is in hand: taken, and not judged to its end yet",
            place: "\(directory)/\(name)", since: Timestamp(milliseconds: status.changeTime / 1_000_000), untilText: "its receipt is there")
        let open = try queries.openDrops().first { $0.facts.partner == partner && $0.facts.name == Array(name.bytes) }
        explanation.because = open.map {
            "\(counted($0.counts.entries, "order")) of it are judged so far, in \(counted($0.slices, "slice"))"
        }
        if isRunning == false {
            explanation.untilText = "a daemon runs on this spool"
            explanation.advice = ["orderd run --spool \(context.root)"]
        }
        return explanation
    }

    private func answered(_ name: FileName, _ partner: String?, _ folder: String?) throws -> Explanation? {
        let drops = try queries.drops(named: Array(name.bytes), partner: partner, limit: 100)
        guard let drop = drops.first(where: { $0.verdict != nil && (folder == nil || $0.facts.directory == folder) }) else { return nil }
        var explanation = Explanation(
            subject: name.description, kind: "file", state: drop.verdict?.rawValue ?? "",
            headline: "has its receipt: \(drop.verdict?.rawValue ?? ""), \(counts(drop.counts))", place: Receipts.path(drop.facts),
            since: drop.facts.received)
        if try Receipts.find(drop, tree) == nil {
            explanation.untilText = "the receipt is published; the ledger has the verdict already"
        }
        let faults = (try? JSONValue.parse(drop.faults.isEmpty ? Array("[]".utf8) : drop.faults))?.items ?? []
        explanation.because = faults.first.map { "\($0["code"]?.text ?? ""): \(printable($0["message"]?.text ?? ""))" }
        let orders = try queries.orders(drop: drop.seq, limit: 3)
        explanation.advice = orders.map { "orderd why \($0.id.text)" }
        if explanation.advice.isEmpty { explanation.advice = ["cat \(context.root)/\(Receipts.path(drop.facts))"] }
        return explanation
    }

    private func counts(_ counts: EntryCounts) -> String {
        let parts = [
            ("accepted", counts.accepted), ("duplicate", counts.duplicate), ("conflict", counts.conflict), ("rejected", counts.rejected),
        ]
        let shown = parts.filter { $0.1 > 0 }.map { "\($0.1) \($0.0)" }.joined(separator: ", ")
        return shown.isEmpty ? "no orders in it" : "orders: \(shown)"
    }

    /// The status of a name; nil where it is not there, or where this user may not look.
    private func status(_ name: FileName, in directory: String) throws(FileError) -> FileStatus? {
        do throws(FileError) {
            return try tree.withDirectory(directory) { descriptor throws(FileError) in try tree.files.status(in: descriptor, name) }
        } catch {
            if error.isMissing || error.isForbidden || error.isNotDirectory { return nil }
            throw error
        }
    }
}
