import Foundation
import Testing

/// The rig in `Tests/report/` that needs no browser, over the orders in `samples/`; `make test-report` runs it over a year of them, and looks
/// at the pages in a browser too.
@Suite struct ReportRigTests {
    private static let rig = FaultRig("figures", in: "report")

    @Test(.enabled(if: rig.canRun, "no python3 here"))
    func everyFigureOfTheReportIsTheOneComputedFromTheOrders() async throws {
        let (code, told) = try await Self.rig.run("--few")
        #expect(code == 0, "\(told)")
        #expect(told.contains(/[4-9]\d figures compared, 0 differ/), "\(told)")
    }

    /// One order more than the comparison knows of.
    @Test(.enabled(if: rig.canRun, "no python3 here"))
    func anOrderTooManyInTheReportIsNoticed() async throws {
        let (code, told) = try await Self.rig.run("--few", "--control")
        #expect(code == 1, "\(told)")
        #expect(told.contains("index: orders: the report has '501', the data '500'"), "\(told)")
    }
}
