import Foundation
import Orders
import Spool
import Testing

/// The real orders through the real program. Slow: some tens of seconds each.
@Suite(.serialized) struct WholeDataTests {
    static let real = (try? packageRoot().deletingLastPathComponent().appending(path: "shared/data/online-retail"))?.path ?? ""
    static let hasReal = FileManager.default.fileExists(atPath: real + "/orders.ndjson.xz")

    @Test(.enabled(if: hasReal, "the 11,396 real orders do not lie beside this checkout"))
    func everyRealOrderIsCompletedOnceAndTheSumsAreTheDatas() async throws {
        let spool = try CommandSpool.withAcme()
        let text = try unpacked("orders.ndjson.xz")
        let expected = try sums(text)
        try spool.drop(text, as: "all.ndjson")
        try await drain(spool)
        #expect(try counts(spool) == ["COMPLETED": 11_396])
        #expect(try sums(of: spool) == expected)
        #expect(try await verb(spool, "check").code == 0)

        let firstIDs = try spool.orderIDs()
        try spool.drop(text, as: "again.ndjson")
        try await drain(spool)
        #expect(try spool.orderIDs() == firstIDs)
        let receipt = try JSONValue.parse(Array(spool.read("partners/acme/receipts/orders/again.ndjson.receipt.json").utf8))
        #expect(receipt["verdict"]?.text == "duplicate")
        #expect(receipt["orders"]?.items?.compactMap { $0["firstOrderId"]?.text } == firstIDs)
        #expect(try await verb(spool, "check").code == 0)
    }

    @Test(.enabled(if: hasReal, "the dirty orders do not lie beside this checkout"))
    func dirtyOrdersAreRefusedOrHeldAndStopNoGoodOne() async throws {
        let spool = try CommandSpool.withAcme()
        let good = try unpacked("orders.ndjson.xz").split(separator: "\n").prefix(2_000)
        let dirty = try unpacked("dirty.ndjson.xz").split(separator: "\n")
        var mixed: [Substring] = []
        for index in 0..<max(good.count, dirty.count) {
            if index < dirty.count { mixed.append(dirty[index]) }
            if index < good.count { mixed.append(good[index]) }
        }
        try spool.drop(mixed.joined(separator: "\n") + "\n", as: "mixed.ndjson")
        try await drain(spool)
        #expect(try counts(spool) == ["COMPLETED": 2_000, "ON_HOLD": 17])
        let held = try spool.must("list", "--status", "ON_HOLD", "--json").objects
        #expect(held.allSatisfy { $0["reason"]?.text == "price-zero" })
        let receipt = try JSONValue.parse(Array(spool.read("partners/acme/receipts/orders/mixed.ndjson.receipt.json").utf8))
        #expect(receipt["verdict"]?.text == "partial")
        let refused = (receipt["orders"]?.items ?? []).filter { $0["verdict"]?.text == "rejected" }
        #expect(refused.count == 5_063 - 17)
        #expect(refused.allSatisfy { !($0["errors"]?.items ?? []).isEmpty })
        #expect(try await verb(spool, "check").code == 0)
    }

    @Test(arguments: [[], ["--lines"]])
    func killsAtRandomLoseNothingDoubleNothingAndChangeNoReceipt(_ options: [String]) async throws {
        let root = try packageRoot()
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments =
            [
                "python3", root.appending(path: "Tests/faults/kill-at-random.py").path, "--orderd", try Child.binary(), "--orders",
                root.appending(path: "samples/online-retail-500.ndjson").path, "--kills", "30", "--longest", "0.2",
            ] + options
        let output = Pipe()
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let running = process
        let told = try await apart {
            let told = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
            running.waitUntilExit()
            return told
        }
        #expect(process.terminationStatus == 0, "\(told)")
        #expect(told.contains("500 orders, 30 kills"))
    }

    // MARK: What the tests share

    /// Runs what blocks for long on a thread of its own: the pool that all tests share has as few threads as there are cores.
    private func apart<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            Thread { continuation.resume(with: .init(catching: body)) }.start()
        }
    }

    /// Runs a verb apart; its exit code and what it printed.
    private func verb(_ spool: CommandSpool, _ arguments: String...) async throws -> (code: Int32?, out: String, err: String) {
        let child = try spool.start(arguments)
        nonisolated(unsafe) let waited = child
        let hasEnded = try await apart { waitUntil(within: 400) { waited.hasEnded } }
        return (hasEnded ? child.wait() : nil, child.out, child.err)
    }

    private func drain(_ spool: CommandSpool) async throws {
        let run = try await verb(spool, "run", "--drain", "--set", "log.level=error")
        #expect(run.code == 0, "\(run.err)")
    }

    private func unpacked(_ name: String) throws -> String {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["xzcat", Self.real + "/" + name]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let bytes = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0)
        return String(decoding: bytes, as: UTF8.self)
    }

    private func counts(_ spool: CommandSpool) throws -> [String: Int] {
        try spool.must("list", "--json").objects.reduce(into: [:]) { $0[$1["status"]?.text ?? "", default: 0] += 1 }
    }

    /// Orders and amount by customer, from the data itself.
    private func sums(_ text: String) throws -> [String: Decimal] {
        try text.split(separator: "\n").reduce(into: [:]) { sums, line in
            let order = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
            let amount = try #require(order?["totalAmount"] as? NSNumber)
            sums[order?["customerId"] as? String ?? "", default: 0] += Decimal(string: amount.stringValue) ?? 0
        }
    }

    /// The same, as the program lists it.
    private func sums(of spool: CommandSpool) throws -> [String: Decimal] {
        try spool.must("list", "--json").objects.reduce(into: [:]) { sums, order in
            let amount = try #require(order["totalAmount"]?.text.flatMap { Decimal(string: $0) })
            sums[order["customerId"]?.text ?? "", default: 0] += amount
        }
    }
}
