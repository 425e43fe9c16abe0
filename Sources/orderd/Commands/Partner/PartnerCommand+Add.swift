import ArgumentParser
import Foundation
import Glibc
import Ledger
import Orders
import Spool
import Stages

extension PartnerCommand {
    /// `orderd partner add`
    struct Add: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "add",
            abstract: "Let a partner drop files.",
            discussion: """
                Makes the partner's directories and takes its files from now on. The role says what it is here for: shop drops orders, \
                warehouse gets pick requests, reader only reads.

                In an installed orderd's spool, as root, it also makes the account under which the partner logs in by SFTP, gives the \
                directories their owners, and lets the keys in. Run again, it does what is missing, and adds keys to those that are there. \
                Elsewhere, or with --tree-only, it makes the directories and prints the commands that are left.

                  orderd partner add acme --key acme.pub
                  orderd partner add north --role warehouse --key north.pub --key north-2.pub
                  ssh-keygen -y -f mine | orderd partner add mine --key -
                  orderd partner add acme --rate 600 --burst 100
                """)

        @Argument(help: "The partner's name.") var name: String
        @Option(help: "shop, warehouse or reader.") var role = PartnerRole.shop
        @Option(
            name: .customLong("key"), parsing: .singleValue,
            help: ArgumentHelp(
                "A file of OpenSSH public keys that let the partner in, or - for standard input; may be repeated.", valueName: "file"),
            completion: .file())
        var keyFiles: [String] = []
        @Flag(help: "The keys given are the only ones from now on.") var replaceKeys = false
        @Option(help: ArgumentHelp("Orders a minute that are taken (intake.rateLimit of this partner).", valueName: "n")) var rate: Int?
        @Option(help: ArgumentHelp("Orders that are taken at once after a quiet time (intake.rateBurst).", valueName: "n")) var burst: Int?
        @Flag(help: "Make directories only, and print what else there is to do.") var treeOnly = false
        @OptionGroup var output: JSONOption
        @OptionGroup var options: SpoolOptions

        func validate() throws {
            try PartnerCommand.validate(name)
            if replaceKeys, keyFiles.isEmpty {
                throw ValidationError("--replace-keys needs --key: no key at all is orderd partner disable.")
            }
            if keyFiles.count(where: { $0 == "-" }) > 1 { throw ValidationError("Standard input can be read once: --key - stands twice.") }
        }

        func run() throws { try run(on: SystemMachine(), isRoot: geteuid() == 0) }

        /// - Parameters:
        ///   - machine: where accounts are made.
        ///   - isRoot: whether this may make them.
        func run(on machine: any Machine, isRoot: Bool) throws {
            let context = try options.context()
            // Whatever can be wrong is found before anything is changed.
            let keys = try readKeys()
            try refuseKnown(context)
            let limits = PartnerLimits(partner: name, rate: rate, burst: burst)
            if let fault = limits.fault { throw CommandFailure.refused(fault) }
            let installation = PartnerInstallation(name, role: role, context: context, machine: machine)
            switch try SpoolHolder(of: context.tree(), machine: machine, isRoot: isRoot) {
            case .anothers:
                throw CommandFailure.couldNotRun(
                    "the spool \(context.root) is \(Accounts.orderd)'s, where only root makes a partner's account and directories: sudo orderd "
                        + "partner add \(name), with the same options")
            case .installed:
                if !treeOnly {
                    try installation.refuseForeign(keys)
                    try installation.makeAccount()
                }
                try installation.makeTree()
                try finish(context, installation, limits, keys, isInstalled: true)
            case .own: try finish(context, installation, limits, keys, isInstalled: false)
            }
        }

        private func refuseKnown(_ context: CommandContext) throws {
            guard let known = try context.reader().queries.partners().first(where: { $0.name == name }) else { return }
            switch known.state {
            case "disabled": throw CommandFailure.refused("\(name) is a partner already, and disabled: orderd partner enable \(name)")
            case "removed":
                throw CommandFailure.refused("\(name) was removed; its name stays reserved for its orders: choose another name")
            default:
                guard known.role == role.rawValue else {
                    throw CommandFailure.refused("\(name) is a partner already, with the role \(known.role)")
                }
            }
        }

        /// The ledger, then the keys: a partner that can log in is one whose files are taken.
        private func finish(
            _ context: CommandContext, _ installation: PartnerInstallation, _ limits: PartnerLimits, _ keys: [SSHPublicKey],
            isInstalled: Bool
        ) throws {
            let file = context.configuration.file ?? (isInstalled ? installation.machine.path("/etc/orderd/orderd.yaml") : nil)
            let haveLimitsChanged = try !limits.isEmpty && file.map { try limits.write(to: $0) } ?? false
            try context.perform(
                .partner(PartnerChange(name: name, role: role.rawValue, state: "active")), json: output.json, subject: name)
            let rereads = try haveLimitsChanged ? context.tellDaemonToReadConfiguration() : false
            let known = isInstalled && !treeOnly ? try installation.add(keys, replacing: replaceKeys) : []
            guard !output.json else { return }
            if role != .reader { say("drops files into \(context.root)/\(SpoolTree.dropDirectory("orders", of: name))/") }
            if !limits.isEmpty { tell(limits, file, rereads) }
            if isInstalled && !treeOnly { tell(installation, known) } else if treeOnly || !keys.isEmpty { try tellRest(installation, keys) }
        }

        // MARK: Keys

        private func readKeys() throws -> [SSHPublicKey] {
            var keys: [SSHPublicKey] = []
            for file in keyFiles {
                do {
                    for key in try SSHPublicKey.keys(in: try Self.bytes(of: file)) where !keys.contains(key) { keys.append(key) }
                } catch let fault as SSHPublicKey.Fault {
                    throw CommandFailure.refused("\(file == "-" ? "standard input" : printable(file)): \(fault)")
                }
            }
            return keys
        }

        private static func bytes(of file: String) throws -> [UInt8] {
            let descriptor = file == "-" ? dup(0) : open(file, O_RDONLY | O_CLOEXEC)
            guard descriptor >= 0 else { throw CommandFailure.couldNotRun("\(printable(file)): \(String(cString: strerror(errno)))") }
            let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
            do { return [UInt8](try handle.read(upToCount: SSHPublicKey.largestFile + 1) ?? Data()) } catch {
                throw CommandFailure.couldNotRun("\(printable(file)) cannot be read: is it a file?")
            }
        }

        // MARK: What is said

        private func tell(_ limits: PartnerLimits, _ file: String?, _ rereads: Bool) {
            guard let file else {
                say("there is no configuration yet; put into it: \(limits.lines.joined(separator: ", "))")
                return
            }
            say("limits are in \(file)" + (rereads ? ", which the daemon reads now" : ""))
        }

        private func tell(_ installation: PartnerInstallation, _ keys: [SSHPublicKey]) {
            say("logs in as \(installation.account.name)")
            for key in keys { say("with the key \(key.fingerprint)" + (key.comment.isEmpty ? "" : " \(key.comment)")) }
            if keys.isEmpty { say("has no key yet: orderd partner add \(name) --key FILE") }
            for path in installation.refusedAbove {
                complain("sshd refuses the partner's directory as long as \(path) is not root's, or others can write to it")
            }
            if access(installation.machine.path(SSHKeyFile.serverSettings), F_OK) != 0 {
                complain(
                    "\(SSHKeyFile.serverSettings) is missing: without it sshd neither finds the key nor keeps the partner in its directory; "
                        + "put etc/ssh/sshd_config.d/orderd.conf there and reload sshd")
            }
        }

        private func tellRest(_ installation: PartnerInstallation, _ keys: [SSHPublicKey]) throws {
            say("")
            say("Left to do as root, for \(name) to log in:")
            for line in try installation.commandsByHand(keys: keys) { say("  \(line)") }
            if keys.isEmpty { say("  and its public key into \(SSHKeyFile.path(of: installation.account.name)), mode 644") }
            for path in installation.refusedAbove { say("sshd also wants \(path) to be root's, and writable for nobody else") }
        }
    }
}

extension CommandContext {
    /// Lets a running daemon read its configuration again; false where none runs. What it does not take is said.
    func tellDaemonToReadConfiguration() throws -> Bool {
        guard let client = try ControlClient.connect(try tree()) else { return false }
        let request = CommandRequest(.reload, by: Asker.own, reason: "")
        guard let result = try client.exchange([.command(request)]).first?.result else { return false }
        if !result.isDone { complain("the daemon goes on without the limits: \(printable(result.message))") }
        return result.isDone
    }
}
