import Foundation
import Testing

/// The rigs in `Tests/readers/`: what others read beside a daemon at work. `make test-readers` runs them with a release build.
@Suite struct ReaderRigTests {
    @Test(.enabled(if: FaultRig("queries", in: "readers", options: ["--only", "sqlite3"]).canRun, "no python3 or sqlite3 here"))
    func sqlite3AsksTheViewsBesideADaemonAtWork() async throws {
        let (code, told) = try await FaultRig("queries", in: "readers").run("--only", "sqlite3")
        #expect(code == 0, "\(told)")
    }

    @Test(.enabled(if: FaultRig("queries", in: "readers").canRun, "no Datasette in .build/readers (make test-readers puts it there)"))
    func datasetteServesTheViewsAndNothingBehindThem() async throws {
        let (code, told) = try await FaultRig("queries", in: "readers").run("--only", "datasette")
        #expect(code == 0, "\(told)")
    }

    @Test(.enabled(if: FaultRig("exports", in: "readers").canRun, "no DuckDB in .build/readers (make test-readers puts it there)"))
    func duckDBFindsTheLedgersFiguresInTheExports() async throws {
        let (code, told) = try await FaultRig("exports", in: "readers").run("--few")
        #expect(code == 0, "\(told)")
    }

    @Test(.enabled(if: FaultRig("dashboard", in: "readers").canRun, "no Prometheus, node exporter or python3 here"))
    func everyQueryOfTheDashboardHasAnAnswer() async throws {
        let (code, told) = try await FaultRig("dashboard", in: "readers").run()
        #expect(code == 0, "\(told)")
    }

    @Test(.enabled(if: hasTools("promtool"), "no promtool here"))
    func everyAlertFiresWhereItShould() throws {
        let result = try Tool.run("promtool", "test", "rules", packageRoot().appending(path: "etc/prometheus/orderd.test.yml").path)
        #expect(result.code == 0, "\(result.text)\(result.errors)")
    }
}
