/// What it means to move an order's file by hand: for orderd-spool(7). `docs/operate.md` has the same table, which a test compares;
/// `Tests/StagesTests/Support/HandTable.swift` says it once more, and is what the pipeline is held to.
enum MovesByHand {
    static let opening =
        "An order's file is named `<orderId>.json` and lies in the directory of its state. Moved with `mv` while the daemon runs, or after a clean "
        + "stop, its place is a command. It is noticed at once or within `intake.rescan`, and recorded in the journal as done by hand."

    /// Where a file is moved to: the table's columns.
    static let places = [
        "a step's directory", "`compensate/`", "`hold/`", "`failed/`", "`deferred/`", "`done/`, `cancelled/`, `rejected/`",
    ]

    /// Where it lay, and what each place means then; `-` for where it is already.
    static let rows: [(from: String, meanings: [String])] = [
        ("`1-validate/` to `4-fulfil/`", ["put back", "is cancelled", "is held", "is given up", "put back", "put back"]),
        ("`5-notify/`", ["put back", "put back", "is held", "is given up", "put back", "put back"]),
        ("`compensate/`", ["put back", "-", "put back", "put back", "put back", "put back"]),
        ("`deferred/`", ["goes on", "is cancelled", "is held", "is given up", "-", "put back"]),
        ("`hold/`", ["goes on", "is cancelled", "-", "is given up", "put back", "put back"]),
        ("`hold/`, after fulfilment", ["goes on", "put back", "-", "is given up", "put back", "put back"]),
        ("`failed/`", ["goes on", "is cancelled", "put back", "-", "put back", "put back"]),
        ("`done/`, `cancelled/`, `rejected/`", ["put back", "put back", "put back", "put back", "put back", "put back"]),
    ]

    static let meanings =
        "*Goes on*: with the first step that is not done, whichever step's directory it is. *Put back*: nothing else happens, and it is logged."

    static let notes = [
        meanings,
        "No step is skipped and none is done twice. A file that is deleted, or moved out of the spool, is put back; that never cancels an order. "
            + "A second file of one order goes to `rejected/`*date*`/`. Changed content is written again from the ledger.",
        "After an unclean stop the ledger wins: each file is put where the ledger says, and each one so put back is logged.",
        "The verbs `hold`, `release`, `retry` and `cancel` do the same, with who and why in the journal.",
    ]

    /// The table as `docs/operate.md` has it.
    static var markdown: String {
        let head = ["from"] + places.map { "into \($0)" }
        let lines = [head] + rows.map { [$0.from] + $0.meanings }
        var shown = lines.map { "| " + $0.joined(separator: " | ") + " |" }
        shown.insert("|" + String(repeating: "---|", count: head.count), at: 1)
        return shown.joined(separator: "\n")
    }
}
