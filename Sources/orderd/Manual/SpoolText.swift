import Ledger
import Spool

/// What orderd-spool(7) says in words. `docs/formats.md` has the same words for verdicts and completeness; a test compares them.
enum SpoolText {
    typealias Term = ManualPage.Term

    /// The directories, in parts.
    static let tree: [(title: String, about: String, places: [Term])] = [
        (
            "What a partner sees", "`partners/`*partner*`/` is the partner's chroot; these are in it.",
            [
                Term("`orders/`", "Orders are dropped here: `.json` (one order, or an array), `.ndjson` or `.jsonl` (one order a line)."),
                Term(
                    "`requests/`, `stock/`, `shipments/`, `questions/`",
                    "Dropped here for later uses; what is dropped gets a receipt that says that it is not served yet."),
                Term("`receipts/`*drop directory*`/`", "One receipt for each dropped file, *name*`.receipt.json`."),
                Term(
                    "`status/`",
                    "*orderId*`.json` for each order: its present state. `uploads.json` while uploads that ended too soon wait for their resume: which, and until when."
                ),
                Term("`pick/`", "A warehouse's: *orderId*`.pick.json` for each order that is to be sent; `.cancel.json` withdraws it."),
                Term("`answers/`", "Answers to questions; empty for now."),
                Term("`dev/`", "The daemon's: the socket `log` in it, where sshd tells that an upload has ended."),
            ]
        ),
        (
            "Orders in work", "One file for each accepted order, *orderId*`.json`, in the directory of its state.",
            [
                Term(
                    "`queue/1-validate/`, `queue/2-reserve/`, `queue/3-charge/`, `queue/4-fulfil/`, `queue/5-notify/`",
                    "Its next step."),
                Term("`queue/deferred/`", "Waits for its next attempt; the file's time is the attempt's."),
                Term(
                    "`queue/hold/`, `queue/failed/`",
                    "Waits for a person; *orderId*`.reason.json` beside it says why, in its member `reason`."),
                Term("`queue/compensate/`", "Is being cancelled: stock and money are given back."),
                Term("`done/`*date*`/`", "Completed. Whole dropped files rest in `files/` in it, by the drop's id."),
                Term("`cancelled/`*date*`/`", "Cancelled; what had been done is undone."),
                Term("`rejected/`*date*`/`", "Refused files and orders, and what was found in the way."),
            ]
        ),
        (
            "The daemon's own", "Nobody but the daemon writes here.",
            [
                Term("`claimed/`*partner*`/`*drop directory*`/`", "Uploads taken, not committed yet. On one mount with `partners/`."),
                Term("`journal/`*date*`/`", "Every event, hash-chained, a line each. All else comes back from it: `orderd rebuild`."),
                Term("`state/ledger.sqlite`", "What is known of each order."),
                Term("`state/status.json`", "The daemon's own state."),
                Term("`state/alerts.json`", "What a person is told of: what fires, what is over."),
                Term("`state/control`", "The socket on which verbs reach the daemon."),
                Term("`state/lock`", "Held by the one process that may write."),
                Term("`metrics/orderd.prom`", "Metrics in Prometheus' text format."),
                Term("`reports/`", "Reports for people."),
            ]
        ),
    ]

    static var names: [ManualPage.Block] {
        [
            .text("The ending says what a file in `orders/` is, in capitals or not. Any other name is refused with a receipt."),
            .text(
                "Never taken, and so good for uploads under way: names that begin with a dot, and names that end in "
                    + temporarySuffixes.map { "`\($0)`" }.joined(separator: ", ") + "."),
            .text(
                "A client should upload under such a name and then rename: a renamed file is known to be whole, and is taken at once. One that is "
                    + "written under its final name is taken once nobody has it open and it has lain unchanged for `intake.settle`."),
        ]
    }

    static let receipt =
        "Each dropped file gets exactly one. A later drop of the same name takes the receipt's name; the earlier one stays as "
        + "*name*`.`*dropId*`.receipt.json`. The member `verdict` is:"

    /// By the word in the receipt.
    static let verdicts = [
        Term("`accepted`", "every order in it was accepted"),
        Term("`partial`", "some were"),
        Term("`rejected`", "none was: all are at fault, or the file is"),
        Term("`duplicate`", "every order in it was accepted before, with the same content. Nothing happens again"),
        Term("`conflict`", "every order in it has a key that another order took, with other content"),
    ]

    static let completeness = "The member `completeness` says how the file was known to be whole:"

    static let witnesses = [
        Term("`renamed`", "renamed into the drop directory: it was whole when it came"),
        Term("`closed`", "written in place and closed by its writer, and nobody has it open for writing"),
        Term("`sshd-close`", "the SFTP server's own log said that the client had finished the upload"),
        Term("`found`", "found by a look through the directory, unchanged for `intake.settle`"),
        Term("`weak`", "a file of lines written in place, of which no log of sshd tells: it may have ended at a line's end by accident."),
    ]

    static let owners =
        "An installed spool has these owners, modes and rights of further users (`orderd doctor` compares them). In a spool of one's own, made by "
        + "`orderd init`, everything belongs to the one who made it."
}
