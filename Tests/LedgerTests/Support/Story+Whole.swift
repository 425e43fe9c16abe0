import Orders

@testable import Ledger

extension Story {
    static let pieces = [
        StockCount(product: "PEN", quantity: 2), StockCount(product: "caf\u{e9}", quantity: 1),
        StockCount(product: "cafe\u{301}", quantity: 3),
    ]

    /// A history with everything in it that a ledger can hold: deferral, holds, moves by hand, a cancel with a refund, a decline, orders given
    /// up, duplicates, conflicts, faults, files of several slices, one of them not at its end, stock, catalogue, pauses, partners.
    ///
    /// - Parameter batch: every so many parts are one commit, so that what a batch remembers is there at some times and not at others.
    func tellAll(batch: Int) throws {
        let parts: [() throws -> Void] = [
            registers, smooth, deferredAndRetried, cancelledWithRefund, declined, { try self.restOfTheFiles() }, slices, open,
            pausesAndHolds,
            reservedAgain,
        ]
        for (number, part) in parts.enumerated() {
            try part()
            if number % batch == batch - 1 { try ledger.commit() }
        }
        try ledger.commit()
    }

    private func registers() throws {
        try partner("acme")
        try partner("bolt")
        try partner("warehouse", role: "warehouse")
        try partner("bolt", "disabled")
        try partner("bolt", "removed")
        try record(
            .catalogueLoaded([
                CatalogueEntry(product: "PEN", name: "a \"pen\"\u{1}", price: "1.50"),
                CatalogueEntry(product: "caf\u{e9}", name: "x", price: ""),
                CatalogueEntry(product: "cafe\u{301}", name: "y", price: "3"),
            ]))
        try record(.catalogueLoaded([CatalogueEntry(product: "PEN", name: "a better pen", price: "1.60")]))
        let counts = ["PEN", "caf\u{e9}", "cafe\u{301}", "UNUSED"].map { StockCount(product: $0, quantity: 50) }
        try record(.stockSet(counts, by: "uid 1000 (anna)"))
    }

    private func smooth() throws {
        let id = try order("smooth")
        try validated(id)
        try reserved(id, Self.pieces)
        try charged(id)
        try completed(id, Self.pieces)
        try record(.stockSet([StockCount(product: "PEN", quantity: 40)], by: "uid 1000 (anna)"))
    }

    private func deferredAndRetried() throws {
        let id = try order("deferred")
        try validated(id)
        try reserved(id, Self.pieces)
        for attempt in 1...2 {
            try move(id, .deferred, "charge", to: "deferred", next: "charge") {
                $0.reason = "payment-unreachable"
                $0.detail = "no answer"
                $0.attempts = attempt
                $0.nextAttempt = Timestamp(milliseconds: self.now.milliseconds + 60_000)
            }
            try move(id, .retried, "charge", to: "charge", next: "charge") { $0.by = "uid 1000" }
        }
        try charged(id)
        try completed(id, Self.pieces)
        // The day ends here.
        pass(seconds: 600)
    }

    private func cancelledWithRefund() throws {
        let id = try order("cancelled")
        try validated(id)
        try reserved(id, Self.pieces)
        try charged(id)
        try move(id, .cancelling, "fulfil", to: "compensate", next: "fulfil") {
            $0.reason = "cancelled"
            $0.by = "hand"
            $0.ending = .cancelled
        }
        try record(.effectRequested(EffectRequest(effect: "refund", key: id.text + "-refund", amount: 1549, currency: "GBP")), id.text)
        try record(.effectSettled(EffectOutcome(effect: "refund", state: "refunded", reference: nil)), id.text)
        try move(id, .compensated, "charge", to: "compensate", next: "charge") { $0.charge = "refunded" }
        try move(id, .compensated, "reserve", to: "cancelled", next: "") {
            $0.stock = .release
            $0.pieces = Self.pieces
            $0.notification = "order-cancelled"
        }
    }

    private func declined() throws {
        let id = try order("declined")
        try validated(id)
        try reserved(id, Self.pieces)
        try record(.effectRequested(EffectRequest(effect: "charge", key: id.text, amount: 1549, currency: "GBP")), id.text)
        try record(.effectSettled(EffectOutcome(effect: "charge", state: "declined", reference: nil)), id.text)
        try move(id, .declined, "charge", to: "compensate", next: "charge") {
            $0.reason = "payment-declined"
            $0.ending = .rejected
        }
        try move(id, .compensated, "reserve", to: "rejected", next: "") {
            $0.stock = .release
            $0.pieces = Self.pieces
        }
    }

    private func restOfTheFiles() throws {
        let first = try order("first")
        let taken = Fault(path: "/items/0/quantity", code: .keyTaken, message: "another content")
        try drop("again.json", results: [result(0, .duplicate, first: first)])
        try drop("other.json", results: [result(0, .conflict, first: first, faults: [taken])])
        try drop([0xff, 0x2e, 0x0a], results: [], faults: [Fault(path: "", code: .syntax, message: "found \u{0} at byte 1")])
        let second = newOrderID()
        let drop = try drop(
            "mixed.ndjson",
            results: [
                result(0, .rejected, faults: [Fault(path: "/totalAmount", code: .totalMismatch, message: "expected 3.00, found 4.00")]),
                result(1, .accepted, second), result(2, .duplicate, first: first),
            ])
        try accept(second, drop: drop, entry: 1, key: nil, to: .hold, reason: "possible-duplicate")
    }

    private func slices() throws {
        let id = newDropID()
        let drop = try record(.dropOpened(facts(Array("large.ndjson".utf8), size: 90_000_000)), id.text)
        for number in 0..<3 {
            let orders = (0..<2).map { _ in newOrderID() }
            let results =
                orders.enumerated().map { result(number * 3 + $0.offset, .accepted, $0.element) } + [result(number * 3 + 2, .rejected)]
            try record(.dropSlice(DropSlice(number: number, results: results, position: "\(number + 1)000:9")), id.text)
            for (index, order) in orders.enumerated() {
                try accept(order, drop: drop, entry: number * 3 + index, key: "large-\(number)-\(index)")
            }
            if number == 1 { try ledger.commit() }
        }
        try record(.dropClosed(DropResult(verdict: .partial, results: [], faults: [])), id.text)
    }

    private func open() throws {
        let id = newDropID()
        let drop = try record(.dropOpened(facts(Array("cut.json".utf8), partner: "bolt", size: 9_000_000)), id.text)
        let order = newOrderID()
        try record(.dropSlice(DropSlice(number: 0, results: [result(0, .accepted, order)], position: "17")), id.text)
        try accept(order, drop: drop, partner: "bolt", key: "open")
    }

    private func pausesAndHolds() throws {
        try record(.paused(Pause(what: "charge", by: "uid 0", reason: "the gateway is down")))
        try record(.paused(Pause(what: "intake", by: "uid 0", reason: "stock-taking")))
        try record(.resumed(Pause(what: "charge", by: "uid 0", reason: "it is up")))
        let held = try order("held")
        try move(held, .held, "validate", to: "hold", next: "validate") {
            $0.reason = "zero-price"
            $0.by = "hand"
        }
        try move(held, .released, "validate", to: "validate", next: "validate") { $0.by = "uid 1000" }
        try validated(held)
        try move(held, .held, "reserve", to: "hold", next: "reserve") { $0.reason = "out-of-stock" }
        let failed = try order("failed")
        try move(failed, .failed, "validate", to: "failed", next: "validate") {
            $0.reason = "attempts"
            $0.attempts = 8
        }
    }

    /// Stock that an order gave back, and took once more.
    private func reservedAgain() throws {
        let id = try order("reserved-again")
        try validated(id)
        try reserved(id, Self.pieces)
        try move(id, .held, "charge", to: "hold", next: "reserve") {
            $0.stock = .release
            $0.pieces = Self.pieces
        }
        try move(id, .released, "reserve", to: "reserve", next: "reserve")
        try reserved(id, Self.pieces)
    }
}
