import Testing

/// `Tests/service/doctor.py`: real breakages of a real installation, in a container with a real systemd.
@Suite struct DoctorRigTests {
    private static let rig = "../service/doctor.py"
    private static let canRun = Rigs.ends(rig, "--probe")

    @Test(.enabled(if: canRun, "needs root, loop devices, systemd-nspawn and setfacl"))
    func whatThePrintedCommandsMendIsMendedOnARealMachine() async throws {
        let (code, told) = try await Rigs.run(Self.rig, "--orderd", try Child.binary(), "--only", "access list")
        #expect(code == 0, "\(told)")
    }

    @Test(.enabled(if: canRun, "needs root, loop devices, systemd-nspawn and setfacl"))
    func withoutAMendTheRigFails() async throws {
        let (code, told) = try await Rigs.run(Self.rig, "--orderd", try Child.binary(), "--only", "access list", "--control")
        #expect(code == 1, "\(told)")
    }
}
