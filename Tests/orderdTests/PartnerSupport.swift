import Foundation
import Glibc
import Spool

@testable import orderd

/// A machine that notes what it is told and changes nothing of this one's. Every account of orderd's has the numbers of who runs the tests, so that
/// owners can be set without root.
final class NotedMachine: Machine {
    private(set) var commands: [[String]] = []
    private(set) var ended: [UInt32] = []
    /// Programs that are run from now on before one fails; nil for none that fails.
    var failsAfter: Int?
    var accounts: [String: SystemAccount] = [:]
    var groups: [String: SystemGroup] = [:]
    private let folder: String

    /// - Parameter folder: where its `/etc` is made.
    init(_ folder: String) throws {
        self.folder = folder
        for path in ["/etc/orderd", "/etc/ssh/sshd_config.d"] {
            try FileManager.default.createDirectory(atPath: folder + path, withIntermediateDirectories: true)
        }
        for name in ["root", Accounts.orderd] {
            accounts[name] = SystemAccount(name: name, user: geteuid(), group: getegid(), home: "/nonexistent", shell: Accounts.noShell)
            groups[name] = SystemGroup(name: name, number: getegid(), members: [])
        }
        groups[Accounts.administrators] = SystemGroup(name: Accounts.administrators, number: getegid(), members: [])
        groups[Accounts.partners] = SystemGroup(name: Accounts.partners, number: 64_000, members: [])
    }

    func account(named name: String) -> SystemAccount? { accounts[name] }
    func group(named name: String) -> SystemGroup? { groups[name] }
    /// Accounts that have expired.
    private(set) var expired: Set<String> = []

    func isExpired(_ name: String) -> Bool { expired.contains(name) }
    func endSessions(of user: UInt32) { ended.append(user) }
    func path(_ path: String) -> String { folder + path }

    func run(_ words: [String]) throws(CommandFailure) {
        if let left = failsAfter {
            guard left > 0 else { throw .couldNotRun("\(words[0]) was killed") }
            failsAfter = left - 1
        }
        commands.append(words)
        guard let name = words.last else { return }
        switch words[0] {
        case "groupadd": groups[name] = SystemGroup(name: name, number: getegid(), members: [])
        case "useradd":
            let home = words.firstIndex(of: "--home-dir").map { words[$0 + 1] } ?? ""
            // Another number than the owner's: an entry of the owner's own would be no entry of another.
            accounts[name] = SystemAccount(name: name, user: 64_321, group: getegid(), home: home, shell: Accounts.noShell)
            groups[name] = SystemGroup(name: name, number: getegid(), members: [])
            join(name)
        case "usermod" where words.contains("--append"): join(name)
        case "usermod" where words.contains("--expiredate"):
            if words.contains("") { expired.remove(name) } else { expired.insert(name) }
        case "rm": try? FileManager.default.removeItem(atPath: name)
        default: break
        }
    }

    /// Whether temporary files may have access control lists.
    static var hasLists: Bool {
        let folder = FileManager.default.temporaryDirectory.appending(path: "orderd-lists-\(UUID().uuidString)").path
        defer { rmdir(folder) }
        guard mkdir(folder, 0o700) == 0, let directory = try? Directory(path: Path(folder), files: SystemFiles()) else { return false }
        return (try? SystemFiles().setAccessControlList(directory.descriptor, to: AccessControlList(mode: 0o700, users: [64_321: 7])))
            != nil
    }

    /// As useradd leaves it when it is killed between two of its files.
    func forget(group name: String) { groups[name] = nil }

    /// As useradd leaves it when it is killed before the last of its files.
    func leave(_ name: String) {
        groups[Accounts.partners] = groups[Accounts.partners].map {
            SystemGroup(name: $0.name, number: $0.number, members: $0.members.filter { $0 != name })
        }
    }

    private func join(_ name: String) {
        groups[Accounts.partners] = groups[Accounts.partners].map {
            SystemGroup(name: $0.name, number: $0.number, members: $0.members + [name])
        }
    }
}

/// Public keys for tests; nobody has the private halves.
enum SampleKey {
    static let ed25519 =
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPrszcMlmLPJFH3KLPpCE8w+pS6kmykpY8bwiv3inn91 key of acme"
    static let ecdsa256 =
        "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBHqnN3ezkmWhSE9Zb2FI3VkVWiWIdZuDBJvllM"
        + "RWBwwwz5uJdjU9mrTjqB3lHF1WPaNGmIs+g5eNfrEsEwju+6w= key of acme"
    static let ecdsa384 =
        "ecdsa-sha2-nistp384 AAAAE2VjZHNhLXNoYTItbmlzdHAzODQAAAAIbmlzdHAzODQAAABhBNMX6q5oQyopp7BvFcugBJiT6ADBEzhWZ+uZeO"
        + "Uqmp197HXUDRL5YSL7vIFiBHa3TBk8mz4RUmj9IpSi+BpXhPmkJhZ5Ta75T4LP7KpjB6HFYwqnrgoKVRIvG+EVLLnkkQ== key of acme"
    static let ecdsa521 =
        "ecdsa-sha2-nistp521 AAAAE2VjZHNhLXNoYTItbmlzdHA1MjEAAAAIbmlzdHA1MjEAAACFBABWJzwR++KwSa/MtL2GBkiE7NEm4z72FB7Qw1"
        + "v8tNcJ3f2gFVgIW+J4ewb8GjYiHYZADwMJlGEJ0PqI84I3FnPS1QC6R/KZuZZrElYO500SRqx04OhHTDiOg3QsVJY/FO4I0qwzbAItUfGQbuTH"
        + "jNZvmOVDj9u556o9qi3OVWIXQ6xckQ== key of acme"
    static let rsa =
        "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQDmHsmIf05slb5Krtd3SZpjuTXNWy+Ysc1lWVD+J9utyY0VK2BdN4fB1gjZcDHNVqAZD6aXAt"
        + "SE7YKlWn/AvSJvs/yzIVDU8r4pu4Wf0HCkF34dhtm3Claj0GQk6dwoTs247anQHlGKON+PCFFHzNEPwBpy9AkkNRtyyv5QvHAPfe51WrgOkjSv"
        + "1vr/794myCbhjvX80Rbih8+Hx7uByLiZlkFcG2wwEq5nnWDcXSUiqpZBcnd/++PXdquEFQZGCN609r/EsCGNIQ95h7PzSHZM+DzTw6Kdz0aSvh"
        + "N6pD81EojoOFolVSRyyeYalQAc7snCK030h23qTHV4BtNuwT2H key of acme"
    static let shortRSA =
        "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQD9c298Vi01keTV7sdw59pf3oO13uZyyDjwjthUwOgEqKs0iB7UtRbNhGBIpz4WRg0Rznukyy"
        + "2LI+UvotjohgYAPV23/ay6Id3nKSGsvq3XHkrwV4PazIazYiWU8i3qcBKANdXHUEqlU5BuT1ACQBlnDqSD3naUSk3PMDRy18bpAQ== key of "
        + "acme"
    static let skEd25519 =
        "sk-ssh-ed25519@openssh.com AAAAGnNrLXNzaC1lZDI1NTE5QG9wZW5zc2guY29tAAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4fAAAABHNzaDo= token"
    static let skECDSA =
        "sk-ecdsa-sha2-nistp256@openssh.com AAAAInNrLWVjZHNhLXNoYTItbmlzdHAyNTZAb3BlbnNzaC5jb20AAAAIbmlzdHAyNTYAAABBBAA"
        + "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAEc3NoOg=="
}
