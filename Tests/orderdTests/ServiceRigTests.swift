import Testing

/// The service under a systemd of its own. `make test-service` runs all of it, with the waits of the watchdog and of an idle daemon.
@Suite struct ServiceRigTests {
    @Test(.enabled(if: FaultRig("../service/service").canRun, "no python3, no systemd-nspawn, no loop devices with ext4 here, or not root"))
    func theServiceStartsReloadsStopsAndComesBackInItsOwnCorner() async throws {
        let (code, told) = try await FaultRig("../service/service").run(
            "--only", "verify,security,ready,rights,readonly,order,files,status,reload,journal,kill,stop,refused", "--patient")
        #expect(code == 0, "\(told)")
        #expect(told.contains("13 trials, 0 problems"), "\(told)")
    }
}
