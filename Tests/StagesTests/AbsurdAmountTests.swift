import Ledger
import Testing

@testable import Stages

/// Amounts that nobody means: they must stop neither the daemon nor the sums of others.
@Suite struct AbsurdAmountTests {
    private func line(_ number: Int) -> String {
        """
        {"customerId":"c","orderReference":"A\(number)","currency":"CLF","items":[{"productId":"P","quantity":1,\
        "price":9999999999999.9999}],"discountAmount":9999999999998.9999,"totalAmount":1.0000}

        """
    }

    @Test func sumsThatWouldOverflowStopAtTheirCap() async throws {
        let rig = try Rig { $0.overLimit = .accept }
        // Two files, so that one batch and the table meet the cap.
        try rig.drop("first.ndjson", (0..<60).map(line).joined())
        try rig.drop("second.ndjson", (60..<240).map(line).joined())
        try await rig.run()
        #expect(try rig.orders().count == 240)
        #expect(try rig.orders().allSatisfy { $0.stage == .done })
        try rig.check()
        try rig.audit()
    }

    @Test func aDiscountHidesNoLineFromTheLimit() async throws {
        let rig = try Rig()
        try rig.drop("one.ndjson", line(0))
        try await rig.run()
        let order = try #require(try rig.orders().first)
        #expect(order.stage == .hold && order.reason == "amount-over-limit")
    }
}
