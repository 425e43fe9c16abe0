import Ledger
import Spool

extension ManualPage {
    /// orderd-spool(7): the tree, names, receipts, and what it means to move a file in it.
    static func spool() -> ManualPage {
        var blocks: [Block] = [.section("Description")]
        blocks += [
            .text(
                "A spool is the tree of directories in which orderd(1) takes orders and moves them on. Partners see one directory of it each; "
                    + "people look at the rest with `ls` and `cat`, and decide with `mv` or a verb of orderd(1)."),
            .text("All paths count from the spool's root, which is `/var/spool/orderd` where a package has made it."),
        ]
        for part in SpoolText.tree { blocks += [.section(part.title), .text(part.about), .terms(part.places)] }
        blocks += [.section("Names of dropped files")] + SpoolText.names
        blocks += [.section("Receipts"), .text(SpoolText.receipt), .terms(SpoolText.verdicts), .text(SpoolText.completeness)]
        blocks += [.terms(SpoolText.witnesses)]
        blocks += [.section("Moving orders by hand")] + moves
        blocks += [.section("Owners and modes"), .text(SpoolText.owners)]
        blocks += [.terms(Ownership.all.map(\.term))]
        blocks += [.section("See also"), .text("orderd(1), orderd.yaml(5), sftp-server(8), sshd_config(5), acl(5)")]
        return ManualPage(
            name: "orderd-spool", section: 7, summary: "the directories of orderd, and what is done by moving files", blocks: blocks)
    }

    private static var moves: [Block] {
        var blocks: [Block] = [.text(MovesByHand.opening)]
        for row in MovesByHand.rows {
            let entries = zip(MovesByHand.places, row.meanings).filter { $0.1 != "-" }
            // The places with one meaning together: seven columns do not fit a terminal.
            var groups: [(meaning: String, places: [String])] = []
            for (place, meaning) in entries {
                if let index = groups.firstIndex(where: { $0.meaning == meaning }) {
                    groups[index].places.append(place)
                } else {
                    groups.append((meaning, [place]))
                }
            }
            let text = groups.map { "into \($0.places.joined(separator: ", ")): \($0.meaning)" }.joined(separator: "; ") + "."
            blocks.append(.terms([Term("from \(row.from)", text)]))
        }
        return blocks + MovesByHand.notes.map(Block.text)
    }
}

extension Ownership {
    /// Every row, in the order of the pages.
    static let all = spool + partner + settings + [keys]

    /// A row of orderd-spool(7).
    fileprivate var term: ManualPage.Term { ManualPage.Term(shownPlace, "\(shownRights): \(why).") }

    /// The table as `docs/operate.md` has it.
    static var markdown: String {
        let rows = all.map { "| \($0.shownPlace) | \($0.shownRights) | \($0.why) |" }
        return (["| what | owner:group mode | why |", "|---|---|---|"] + rows).joined(separator: "\n")
    }

    private var shownPlace: String { pattern.isEmpty ? "the root" : "`\(pattern)" + (kind == .directory ? "/`" : "`") }

    /// Owner, group, mode, and what further users may.
    private var shownRights: String {
        let letters = [(4, "r"), (2, "w"), (1, "x")] as [(UInt16, String)]
        let more = access.map { entry in
            ", \(entry.user.shown) " + letters.map { entry.rights & $0.0 != 0 ? $0.1 : "-" }.joined()
        }
        return "\(owner.shown):\(group.shown) \(String(mode, radix: 8))\(more.joined())"
    }
}

extension Ownership.Account {
    fileprivate var shown: String {
        switch self {
        case .root: "root"
        case .orderd: Accounts.orderd
        case .administrators: Accounts.administrators
        case .partner: "*partner*"
        }
    }
}
