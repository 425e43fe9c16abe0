import Ledger
import Orders
import Testing

@testable import Stages

/// What validate and reserve make of an order, and a step of one's own.
@Suite struct StepTests {
    // MARK: Validate

    @Test(
        arguments: [
            ("quantity-over-limit", [("PEN", 101, 1)]), ("amount-over-limit", [("PEN", 1, 10_001)]),
            ("price-zero", [("PEN", 1, 100), ("GIFT", 1, 0)]),
        ] as [(String, [(product: String, quantity: Int64, pence: Int64)])])
    func whatIsHeldPassesWhenReleased(_ reason: String, _ items: [(product: String, quantity: Int64, pence: Int64)]) async throws {
        let rig = try Rig {
            $0.maximumQuantity = 100
            $0.maximumAmount = 10_000
        }
        let record = try await rig.take(order("A", items))
        #expect(record.stage == .hold && record.step == "validate" && record.reason == reason)
        #expect(try rig.content("queue/hold/\(record.id.text).reason.json").contains(reason))
        #expect(try rig.command(.release(record.id)).isDone)
        #expect(try rig.stage(record.id) == "done")
        #expect(try rig.list("queue/hold") == [])
        try rig.check()
    }

    @Test func limitsThemselvesPass() async throws {
        let rig = try Rig {
            $0.maximumQuantity = 100
            $0.maximumAmount = 10_000
        }
        #expect(try await rig.take(order("A", [("PEN", 100, 100)])).stage == .done)
    }

    @Test func limitOfTheAmountCountsInWholeUnitsOfEveryCurrency() async throws {
        let rig = try Rig { $0.maximumAmount = 10_000 }
        func text(_ reference: String, _ currency: String, _ amount: String) -> String {
            """
            {"customerId":"c","orderReference":"\(reference)","currency":"\(currency)","totalAmount":\(amount),\
            "items":[{"productId":"P","quantity":1,"price":\(amount)}]}
            """
        }
        #expect(try await rig.take(text("1", "JPY", "100")).stage == .done)
        #expect(try await rig.take(text("2", "JPY", "101")).stage == .hold)
        #expect(try await rig.take(text("3", "BHD", "100.000")).stage == .done)
        #expect(try await rig.take(text("4", "BHD", "100.001")).stage == .hold)
    }

    @Test func overLimitIsAcceptedOrRejectedAsConfigured() async throws {
        for (treatment, stage) in [(Treatment.accept, Stage.done), (.reject, .rejected)] {
            let rig = try Rig {
                $0.maximumQuantity = 1
                $0.overLimit = treatment
            }
            #expect(try await rig.take(order("A", [("PEN", 2, 1)])).stage == stage)
            try rig.check()
        }
    }

    @Test func blockedCustomerIsRejected() async throws {
        let rig = try Rig { $0.blockedCustomers = ["mallory"] }
        let record = try await rig.take(order("A", customer: "mallory"))
        #expect(record.stage == .rejected && record.reason == "customer-blocked" && record.status == .rejected)
        #expect(try await rig.take(order("B", customer: "alice")).stage == .done)
        try rig.check()
    }

    @Test func productsMustBeKnownOnceACatalogueIsLoaded() async throws {
        let rig = try Rig()
        #expect(try await rig.take(order("A", [("INK", 1, 5)])).stage == .done)
        try rig.command(.catalogueLoad([CatalogueEntry(product: "PEN", name: "Pen", price: "1.00")]))
        let record = try await rig.take(order("B", [("INK", 1, 5)]))
        #expect(record.stage == .rejected && record.reason == "unknown-product")
        #expect(try await rig.take(order("C")).stage == .done)
        try rig.crashAndStart()
        #expect(try await rig.take(order("D", [("INK", 1, 5)])).stage == .rejected)
    }

    @Test func unknownProductIsHeldAsConfiguredAndPassesWhenReleased() async throws {
        let rig = try Rig { $0.unknownProduct = .hold }
        try rig.command(.catalogueLoad([CatalogueEntry(product: "PEN", name: "Pen", price: "1.00")]))
        let record = try await rig.take(order("B", [("INK", 1, 5)]))
        #expect(record.stage == .hold)
        try rig.command(.release(record.id))
        #expect(try rig.stage(record.id) == "done")
    }

    @Test func totalThatDiffersIsHeldWhereTheReaderLetsItThrough() async throws {
        let rig = try Rig { $0.reading.totalMismatch = .letThrough }
        let record = try await rig.take(
            "{\"customerId\":\"c\",\"items\":[{\"productId\":\"P\",\"quantity\":1,\"price\":1.00}],\"totalAmount\":1.05}")
        #expect(record.stage == .hold && record.reason == "total-mismatch")
        #expect(record.detail?.contains("0.05") == true)
        try rig.command(.release(record.id))
        #expect(try rig.stage(record.id) == "done")
    }

    // MARK: Reserve

    @Test func piecesAreSetAsideThenLeave() async throws {
        let rig = try Rig()
        try rig.setStock(["PEN": 10])
        try rig.command(.pause("charge"))
        let record = try await rig.take(order("A", [("PEN", 4, 100)]))
        #expect(record.stage.name == "charge" && record.isReserved)
        #expect(try #require(try rig.stock("PEN")) == (10, 4))
        try rig.command(.resume("charge"))
        try await rig.run()
        #expect(try rig.stage(record.id) == "done")
        #expect(try #require(try rig.stock("PEN")) == (6, 0))
        try rig.check()
    }

    @Test func productWithoutAStockRowFollowsTheConfiguration() async throws {
        for (treatment, stage) in [(Treatment.accept, Stage.done), (.hold, .hold), (.reject, .rejected)] {
            let rig = try Rig { $0.unknownStock = treatment }
            let record = try await rig.take(order("A"))
            #expect(record.stage == stage)
            #expect(record.reason == (treatment == .accept ? nil : "stock-unknown"))
            if treatment == .hold {
                try rig.command(.release(record.id))
                #expect(try rig.stage(record.id) == "done")
            }
            try rig.check()
        }
    }

    @Test func shortStockFollowsTheConfiguration() async throws {
        for (treatment, stage) in [(Treatment.hold, Stage.hold), (.reject, .rejected), (.wait, .deferred)] {
            let rig = try Rig { $0.shortStock = treatment }
            try rig.setStock(["PEN": 3])
            let record = try await rig.take(order("A", [("PEN", 4, 100)]))
            #expect(record.stage == stage && record.reason == "out-of-stock")
            #expect(try #require(try rig.stock("PEN")) == (3, 0))
            try rig.check()
        }
    }

    @Test func heldForStockIsHeldAgainUntilThereIsSome() async throws {
        let rig = try Rig()
        try rig.setStock(["PEN": 3])
        let record = try await rig.take(order("A", [("PEN", 4, 100)]))
        try rig.command(.release(record.id))
        #expect(try rig.stage(record.id) == "hold")
        try rig.setStock(["PEN": 4])
        try rig.command(.release(record.id))
        #expect(try rig.stage(record.id) == "done")
        #expect(try #require(try rig.stock("PEN")) == (0, 0))
    }

    @Test func linesOfOneProductCountTogether() async throws {
        let rig = try Rig()
        try rig.setStock(["PEN": 5])
        let short = try await rig.take(order("A", [("PEN", 3, 100), ("PEN", 3, 90)]))
        #expect(short.stage == .hold && short.reason == "out-of-stock")
        let whole = try await rig.take(order("B", [("PEN", 3, 100), ("PEN", 2, 90)]))
        #expect(whole.stage == .done)
        #expect(try #require(try rig.stock("PEN")) == (0, 0))
        try rig.check()
    }

    @Test func theLastPiecesGoToOneOrderOnly() async throws {
        let rig = try Rig()
        try rig.setStock(["PEN": 5, "INK": 1])
        // In one batch: the second must see what the first has taken. All or none: its ink stays free.
        try rig.drop("a.ndjson", order("A", [("PEN", 4, 100)]) + "\n" + order("B", [("INK", 1, 5), ("PEN", 2, 100)]) + "\n")
        try await rig.run()
        #expect(try rig.order("A").stage == .done)
        #expect(try rig.order("B").stage == .hold)
        #expect(try rig.order("B").detail == "ordered 2 of PEN, 1 are free")
        #expect(try #require(try rig.stock("INK")) == (1, 0))
        try rig.check()
    }

    // MARK: A step of one's own

    private struct Wrap: Step {
        let name = "wrap"
        func run(_ batch: [OrderRecord], _ context: StepContext) throws(LedgerError) -> [Outcome] {
            batch.map { $0.order.customerId == "plain" ? .failed(Reason("no-paper", "there is no paper")) : .advance(Advance()) }
        }
    }

    @Test func aSixthStepIsOneTypeAndOneLine() async throws {
        let rig = try Rig(steps: Steps.standard + [Wrap()])
        try rig.command(.pause("wrap"))
        let record = try await rig.take(order("A"))
        #expect(record.stage.name == "wrap")
        #expect(rig.exists("queue/6-wrap/\(record.id.text).json"))
        try rig.command(.resume("wrap"))
        try await rig.run()
        #expect(try rig.stage(record.id) == "done")
        let failed = try await rig.take(order("B", customer: "plain"))
        #expect(failed.stage == .failed && failed.reason == "no-paper" && failed.status == .failed)
        #expect(rig.exists("queue/failed/\(failed.id.text).reason.json"))
        #expect(try rig.command(.retry(failed.id)).isDone)
        #expect(try rig.stage(failed.id) == "failed")
        try rig.check()
    }
}
