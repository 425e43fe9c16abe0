/// Where an order's file can lie when somebody takes it by hand.
enum HandPlace: String, CaseIterable {
    case validate = "1-validate"
    case reserve = "2-reserve"
    case charge = "3-charge"
    case fulfil = "4-fulfil"
    case notify = "5-notify"
    case compensate, deferred, hold, failed
    /// In `hold/` too, but what it waits for comes after fulfilment.
    case holdAfterFulfilment
    case done, cancelled, rejected

    var isStep: Bool { rawValue.first?.isNumber == true }
    var isEnd: Bool { self == .done || self == .cancelled || self == .rejected }
    /// Waits for a time or a person.
    var isResting: Bool { self == .deferred || self == .hold || self == .failed || self == .holdAfterFulfilment }
    /// The order was handed to fulfilment.
    var isAfterFulfilment: Bool { self == .notify || self == .holdAfterFulfilment }

    /// The stage that the ledger says.
    var stage: String {
        switch self {
        case .holdAfterFulfilment: "hold"
        default: isStep ? String(rawValue.dropFirst(2)) : rawValue
        }
    }

    /// Its directory, below the spool's root; an end's is that of the rig's day.
    var directory: String {
        switch self {
        case .holdAfterFulfilment: "queue/hold"
        default: isEnd ? rawValue + "/2026-11-22" : "queue/" + rawValue
        }
    }
}

/// What a move by hand means.
enum HandMeaning: String {
    case goesOn = "goes on"
    case held = "is held"
    case givenUp = "is given up"
    case cancelled = "is cancelled"
    case putBack = "put back"
}

/// The design's table of moves, said once more for every pair of directories, apart from the code that does it.
enum HandTable {
    /// What it means to move a file by hand while orderd runs, or after a clean stop. After an unclean one every move is put back.
    static func meaning(from: HandPlace, to: HandPlace) -> HandMeaning {
        // "Into done/, cancelled/, rejected/: put back." Nobody but orderd ends an order, and none that has ended begins anew.
        if from.isEnd || to.isEnd { return .putBack }
        // What is being undone is undone to its end.
        if from == .compensate { return .putBack }
        // "Into a step's directory: go on, or retry." One that lies at a step goes on by itself: no step is skipped, none is repeated.
        if to.isStep { return from.isResting ? .goesOn : .putBack }
        switch to {
        // "Into compensate/: cancel." Not once the goods are on their way.
        case .compensate: return from.isAfterFulfilment ? .putBack : .cancelled
        // "Into hold/, failed/: hold; give up." What waits for a person is not to be held; what is given up stays so.
        case .hold, .holdAfterFulfilment: return from.isStep || from == .deferred ? .held : .putBack
        case .failed: return from == .failed ? .putBack : .givenUp
        // The time of the next attempt is orderd's to set.
        default: return .putBack
        }
    }

    /// Where an order comes to lie once nothing keeps it any more: no step is paused, the gateway answers, and time has passed.
    static func end(of place: HandPlace, meaning: HandMeaning) -> String {
        switch meaning {
        case .goesOn: return "done"
        case .held: return "hold"
        case .givenUp: return "failed"
        case .cancelled: return "cancelled"
        case .putBack:
            switch place {
            case .compensate: return "cancelled"
            case .deferred: return "done"
            default: return place.isStep ? "done" : place.stage
            }
        }
    }

    // MARK: The page

    private static let columns: [(title: String, to: HandPlace)] = [
        ("a step's directory", .validate), ("`compensate/`", .compensate), ("`hold/`", .hold), ("`failed/`", .failed),
        ("`deferred/`", .deferred), ("`done/`, `cancelled/`, `rejected/`", .done),
    ]
    private static let rows: [(title: String, from: [HandPlace])] = [
        ("`1-validate/` to `4-fulfil/`", [.validate, .reserve, .charge, .fulfil]), ("`5-notify/`", [.notify]),
        ("`compensate/`", [.compensate]), ("`deferred/`", [.deferred]), ("`hold/`", [.hold]),
        ("`hold/`, after fulfilment", [.holdAfterFulfilment]), ("`failed/`", [.failed]),
        ("`done/`, `cancelled/`, `rejected/`", [.done, .cancelled, .rejected]),
    ]

    /// The table as `docs/operate.md` has it.
    static var page: String {
        var lines = ["| from | " + columns.map { "into " + $0.title }.joined(separator: " | ") + " |"]
        lines.append("|" + String(repeating: "---|", count: columns.count + 1))
        for row in rows {
            let cells = columns.map { column -> String in
                let meanings = Set(row.from.map { meaning(from: $0, to: column.to) })
                // A file that is moved to where it lies is not moved.
                if row.from.count == 1, row.from[0].directory == column.to.directory { return "-" }
                return meanings.map(\.rawValue).sorted().joined(separator: " or ")
            }
            lines.append("| \(row.title) | " + cells.joined(separator: " | ") + " |")
        }
        return lines.joined(separator: "\n")
    }
}
