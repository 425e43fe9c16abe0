import Foundation
import Glibc

/// An account of the machine.
struct SystemAccount: Hashable, Sendable {
    let name: String
    let user: UInt32
    let group: UInt32
    let home: String
    let shell: String
}

/// A group of the machine.
struct SystemGroup: Hashable, Sendable {
    let name: String
    let number: UInt32
    /// Accounts that are in it beside those whose own group it is.
    let members: [String]
}

/// What a partner needs of the machine beside the spool. Tests have one that changes nothing.
protocol Machine: AnyObject {
    /// The account of a name; nil where there is none.
    func account(named name: String) -> SystemAccount?
    /// The group of a name; nil where there is none.
    func group(named name: String) -> SystemGroup?
    /// Whether an account has expired, so that nobody can log in; false where this may not know.
    func isExpired(_ name: String) -> Bool
    /// Runs a program to its end, without a shell.
    ///
    /// - Throws: `couldNotRun` with what it said where it is missing or ends with another code than 0.
    func run(_ words: [String]) throws(CommandFailure)
    /// Ends every process of a user.
    func endSessions(of user: UInt32)
    /// Where a path of the machine lies: itself, or below a directory of a test's.
    func path(_ path: String) -> String
}

/// The machine that this runs on.
final class SystemMachine: Machine {
    func account(named name: String) -> SystemAccount? {
        guard let entry = getpwnam(name)?.pointee else { return nil }
        return SystemAccount(
            name: name, user: entry.pw_uid, group: entry.pw_gid, home: String(cString: entry.pw_dir), shell: String(cString: entry.pw_shell)
        )
    }

    func group(named name: String) -> SystemGroup? {
        guard let entry = getgrnam(name)?.pointee else { return nil }
        var members: [String] = []
        var next = entry.gr_mem
        while let member = next?.pointee {
            members.append(String(cString: member))
            next = next?.advanced(by: 1)
        }
        return SystemGroup(name: name, number: entry.gr_gid, members: members)
    }

    func isExpired(_ name: String) -> Bool {
        // name:password:changed:least:most:warning:inactive:expires:
        guard let text = try? String(contentsOfFile: "/etc/shadow", encoding: .utf8),
            let line = text.split(separator: "\n").first(where: { $0.hasPrefix(name + ":") })
        else { return false }
        let fields = line.split(separator: ":", omittingEmptySubsequences: false)
        guard fields.count > 7, let day = Int(fields[7]) else { return false }
        return day <= Int(Date().timeIntervalSince1970) / 86_400
    }

    func run(_ words: [String]) throws(CommandFailure) {
        guard let outcome = SystemProgram.run(words) else {
            throw .couldNotRun("\(words[0]) is not installed; on Debian useradd, usermod and groupadd are in the package passwd")
        }
        guard outcome.code == 0 else {
            let why = outcome.output.split(separator: "\n").map { printable(String($0)) }.joined(separator: "; ")
            throw .couldNotRun(
                "\(shellText(words)) ended with \(outcome.code)" + (why.isEmpty ? "" : ": \(why)")
                    + "; mend that and run the command again: it goes on where it stopped")
        }
    }

    func endSessions(of user: UInt32) {
        // An open session's server has the partner's rights, whatever becomes of its keys.
        for name in (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? [] {
            guard let process = pid_t(name), let status = try? String(contentsOfFile: "/proc/\(name)/status", encoding: .utf8),
                let line = status.split(separator: "\n").first(where: { $0.hasPrefix("Uid:") })
            else { continue }
            // Real and effective: a process that took the partner's rights for a moment only, as sshd does at login, has one of them.
            let numbers = line.split(whereSeparator: \.isWhitespace).dropFirst().prefix(2).compactMap { UInt32($0) }
            if numbers == [user, user] { kill(process, SIGKILL) }
        }
    }

    func path(_ path: String) -> String { path }
}

/// A command as one types it.
func shellText(_ words: [String]) -> String {
    words.map { word in
        let isPlain = word.utf8.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte) || "-_./:=,@+%".utf8.contains(byte)
        }
        return isPlain && !word.isEmpty ? word : "'" + word.replacing("'", with: "'\\''") + "'"
    }.joined(separator: " ")
}
