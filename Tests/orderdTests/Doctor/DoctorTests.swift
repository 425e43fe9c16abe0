import Foundation
import Testing

@testable import orderd

/// `orderd doctor` on a machine in memory: silent on a good one, and of each breakage of the list it finds exactly that.
@Suite struct DoctorTests {
    private func doctor(_ machine: MemoryMachine, etc: String? = nil) -> Doctor {
        Doctor(machine: machine, root: InstalledMachine.root, configuration: Configuration(), etc: etc)
    }

    /// What is found, a line each.
    private func told(_ machine: MemoryMachine) -> [String] {
        doctor(machine).diagnose().diagnoses.flatMap { diagnosis in
            diagnosis.findings.map { "\(diagnosis.check.id): \($0.subject): \($0.found); expected \($0.expected)" }
        }
    }

    @Test func theDoctorIsSilentOnAGoodInstallation() throws {
        let machine = try InstalledMachine.make()
        let (diagnoses, isInstalled) = doctor(machine).diagnose()
        #expect(isInstalled)
        #expect(diagnoses.count == DoctorCheck.all.count)
        #expect(told(machine) == [])
    }

    @Test(arguments: Breakage.all) func eachBreakageIsFoundAndMended(breakage: Breakage) throws {
        let machine = try InstalledMachine.make()
        breakage.break(machine)
        let found = doctor(machine).diagnose().diagnoses.filter { !$0.findings.isEmpty }
        #expect(found.map(\.check.id) == [breakage.check], "\(told(machine))")
        let findings = found.flatMap(\.findings)
        #expect(findings.allSatisfy { $0.weight == breakage.weight && !$0.why.isEmpty && (!$0.mend.isEmpty || $0.advice != nil) })

        switch breakage.remedy {
        case .fix:
            #expect(findings.allSatisfy { $0.isSafe })
            doctor(machine).mend { #expect($0.failure == nil) }
        case .commands:
            // Not without a person's word.
            let before = machine.ran.count
            doctor(machine).mend { _ in }
            #expect(machine.ran.dropFirst(before).allSatisfy { ["systemctl", "sshd", "dpkg"].contains($0[0]) })
            for command in findings.flatMap(\.mend) { #expect(machine.run(command)?.code == 0, "\(command)") }
            // An account that is made anew has to get its files back.
            doctor(machine).mend { #expect($0.failure == nil) }
        case .hand(let mend):
            #expect(findings.allSatisfy { !$0.isSafe })
            mend(machine)
        }
        #expect(told(machine) == [])
    }

    /// What is broken all at once is mended in one call, as far as it may be.
    @Test func oneCallMendsAllThatMayBeMended() throws {
        let machine = try InstalledMachine.make()
        machine.rewrite("/etc/passwd", "orderd") { _ in nil }
        machine.rewrite("/etc/group", "orderd-admin") { _ in nil }
        machine.remove(DeclaredFile.accounts.installed)
        machine.remove("\(InstalledMachine.root)/queue")
        machine.nodes["\(InstalledMachine.root)/state"]?.owner = 0
        machine.remove(DeclaredFile.unit.installed)
        doctor(machine).mend { #expect($0.failure == nil, "\($0.failure ?? "")") }
        #expect(told(machine) == [])
    }

    @Test func whatACommandDoesNotMendIsToldAndStays() throws {
        let machine = try InstalledMachine.make()
        machine.nodes["\(InstalledMachine.root)/state"]?.mode = 0o777
        machine.missingPrograms = ["chmod"]
        var failures: [String] = []
        doctor(machine).mend { failures.append($0.failure ?? "none") }
        #expect(failures == ["chmod 2750 /var/spool/orderd/state: there is no program chmod"])
        #expect(told(machine) == ["tree.mode: /var/spool/orderd/state: mode 0777; expected 2750"])
    }

    @Test func everyCheckHasABreakage() {
        #expect(Set(Breakage.all.map(\.check)) == Set(DoctorCheck.all.map(\.id)))
        #expect(Set(DoctorCheck.all.map(\.id)).count == DoctorCheck.all.count)
        #expect(Breakage.all.count >= 20)
    }

    @Test func anotherSpoolOnTheSameMachineIsNoInstallation() throws {
        let machine = try InstalledMachine.make()
        let (diagnoses, isInstalled) = Doctor(
            machine: machine, root: "/home/mallory/spool", configuration: Configuration(), etc: nil
        ).diagnose()
        #expect(!isInstalled)
        #expect(diagnoses.allSatisfy { $0.check.scope == .anySpool })
    }

    @Test func withoutThePackagesCopiesDpkgTellsWhatWasChanged() throws {
        let machine = try InstalledMachine.make()
        machine.remove(DeclaredInstallation.copies)
        #expect(told(machine) == [])
        machine.edit(DeclaredFile.unit.installed, "NoNewPrivileges=yes", "NoNewPrivileges=no")
        machine.changedFiles = "??5??????   \(DeclaredFile.unit.installed)\n??5?????? c /etc/orderd/orderd.yaml\n"
        #expect(doctor(machine).diagnose().diagnoses.filter { !$0.findings.isEmpty }.map(\.check.id) == ["files.package"])
        machine.changedFiles = ""
        machine.remove(DeclaredFile.unit.installed)
        #expect(doctor(machine).diagnose().diagnoses.flatMap(\.findings).map(\.subject) == [DeclaredFile.unit.installed])
    }

    /// Members of the administrators' group see a part only, and no more is told than they see.
    @Test func whatMayNotBeLookedAtIsNotMissing() throws {
        let machine = try InstalledMachine.make()
        machine.user = 1001
        machine.closed = [
            "\(InstalledMachine.root)/claimed", "\(InstalledMachine.root)/partners/acme/receipts", "\(InstalledMachine.root)/journal",
        ]
        #expect(told(machine) == [])
        machine.closed = []
        machine.remove("\(InstalledMachine.root)/partners/acme/receipts/orders")
        #expect(told(machine).count == 1)
    }

    /// A container cannot set its host's limits and clock.
    @Test func whatOnlyAContainersHostCanMendIsANote() throws {
        let machine = try InstalledMachine.make()
        machine.put("/run/systemd/container", "systemd-nspawn")
        machine.put("/proc/sys/fs/inotify/max_queued_events", "16384\n")
        machine.isSynchronised = false
        machine.mountList = [Mount(point: "/", kind: "overlay", options: ["rw"])]
        let findings = doctor(machine).diagnose().diagnoses.flatMap(\.findings)
        #expect(findings.map(\.weight) == [.note, .note, .note])
    }
}
