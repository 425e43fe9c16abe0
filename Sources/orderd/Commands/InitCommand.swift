import ArgumentParser
import Foundation
import Spool

/// `orderd init`: makes a spool, or what is missing in one.
struct InitCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: "Make a spool.",
        discussion: """
            Makes the directories of a spool, its ledger and its journal, and a partner named warehouse, whose pick/ directory gets the \
            requests to send goods. In a spool that is there already it makes what is missing, and changes nothing else.

              orderd init /var/spool/orderd
              orderd init spool
            """)

    @Argument(help: ArgumentHelp("The spool's directory; the directory above it must be there.", valueName: "dir"), completion: .directory)
    var directory: String?
    @OptionGroup var options: SpoolOptions

    func validate() throws {
        guard let directory, let spool = options.spool, directory != spool else { return }
        throw ValidationError("The spool is named twice, as \(directory) and as \(spool).")
    }

    func run() throws {
        let configuration = try options.configuration()
        let isNamed = configuration.settings[Keys.Spool.directory.path] != nil
        guard let root = directory ?? options.spool ?? (isNamed ? configuration[Keys.Spool.directory] : nil) else {
            throw ValidationError("Missing the directory of the spool, such as: orderd init spool")
        }
        let context = CommandContext(root: root, configuration: configuration, configurationPath: options.config)
        let wasThere = FileManager.default.fileExists(atPath: context.ledgerPath)
        try SpoolSession.initialize(root: root, configuration: configuration, log: context.log)
        let warehouse = configuration[Keys.Fulfil.warehouse]
        say(
            wasThere
                ? "\(root) is a spool already; what was missing in it is there now"
                : "made the spool \(root): directories, ledger, journal, and the partner \(warehouse)")
        say("")
        say("Next:")
        say("  orderd partner add NAME --spool \(root)      who drops files into \(root)/\(SpoolTree.dropDirectory("orders", of: "NAME"))/")
        say("  orderd run --spool \(root)                   the daemon")
    }
}
