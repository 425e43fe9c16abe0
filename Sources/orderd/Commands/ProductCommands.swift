import ArgumentParser
import Ledger
import Orders
import Stages

/// Products of one request: a load is sent in slices, so that no batch of the daemon's grows without bound.
private let loadSlice = 1000

/// `orderd stock`
struct StockCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stock",
        abstract: "Say what is in stock, and show it.",
        discussion: """
            The reserve step sets pieces aside for an order. A product without a stock row follows stock.unknown of the configuration.

              orderd stock set LAPTOP001 25
              orderd stock load counted.csv
              orderd stock list
            """,
        subcommands: [Set.self, Load.self, List.self])

    /// `orderd stock set`
    struct Set: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "set",
            abstract: "Set the pieces on hand of one product.",
            discussion: """
                The number is what a count has found, pieces that are set aside for orders included.

                  orderd stock set LAPTOP001 25
                """)

        @Argument(help: "The product's id, as orders name it.") var product: String
        @Argument(help: "Pieces on hand, 0 or more.") var quantity: Int64
        @OptionGroup var output: JSONOption
        @OptionGroup var options: SpoolOptions

        func validate() throws {
            guard ProductLimits.isProduct(product) else {
                throw ValidationError("A product's id has 1 to 200 characters, none of control.")
            }
            guard ProductLimits.quantities.contains(quantity) else {
                throw ValidationError("Pieces on hand are 0 to \(ProductLimits.quantities.upperBound).")
            }
        }

        func run() throws {
            try options.context().perform(
                .stockSet([StockCount(product: product, quantity: quantity)]), json: output.json, subject: product)
        }
    }

    /// `orderd stock load`
    struct Load: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "load",
            abstract: "Set the pieces on hand of many products.",
            discussion: """
                The file is CSV with the header productId,quantity, or JSON objects with these members, one a line or in an array. Where a line \
                is wrong it is named, and nothing is loaded. Products that the file does not name stay as they are.

                  orderd stock load counted.csv
                  zcat counted.csv.gz | orderd stock load -
                """)

        @Argument(help: "The file; - for standard input.", completion: .file()) var file: String
        @OptionGroup var output: JSONOption
        @OptionGroup var options: SpoolOptions

        func run() throws {
            let counts = try ProductFile(path: file, columns: ["productId", "quantity"]).stock()
            try options.context().load(
                stride(from: 0, to: counts.count, by: loadSlice).map { .stockSet(Array(counts[$0..<min($0 + loadSlice, counts.count)])) },
                message: "stock of \(counted(counts.count, "product")) set", json: output.json)
        }
    }

    /// `orderd stock list`
    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list",
            abstract: "Show every product with a stock row.",
            discussion: """
                On hand, how many of these are set aside for orders, and how many are left.

                  orderd stock list
                  orderd stock list --json
                """)

        @OptionGroup var output: JSONOption
        @OptionGroup var options: SpoolOptions

        func run() throws {
            let stock = try options.context().reader().queries.stock()
            if output.json {
                for row in stock {
                    say { writer in
                        writer.member("version", 1)
                        writer.member("productId", row.product)
                        writer.member("onHand", row.onHand)
                        writer.member("reserved", row.reserved)
                        writer.member("available", row.onHand - row.reserved)
                    }
                }
                return
            }
            guard !stock.isEmpty else { return say("no product has a stock row; orderd stock load FILE makes some") }
            let rows = stock.map { [printable($0.product), "\($0.onHand)", "\($0.reserved)", "\($0.onHand - $0.reserved)"] }
            let headed = [["PRODUCT", "ON HAND", "RESERVED", "AVAILABLE"]] + rows
            for line in table(headed, rightFrom: 1, cut: [0], width: Terminal.output.width) { say(line) }
        }
    }
}

/// `orderd catalogue`
struct CatalogueCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "catalogue",
        abstract: "Say which products there are.",
        discussion: """
            Once a catalogue is loaded, an order for a product that is not in it follows validate.unknownProduct of the configuration.

              orderd catalogue load products.csv
            """,
        subcommands: [Load.self])

    /// `orderd catalogue load`
    struct Load: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "load",
            abstract: "Make products known.",
            discussion: """
                The file is CSV with the header productId,name,price, or JSON objects with these members, one a line or in an array. Where a \
                line is wrong it is named, and nothing is loaded. Products that were known stay known.

                  orderd catalogue load products.csv
                """)

        @Argument(help: "The file; - for standard input.", completion: .file()) var file: String
        @OptionGroup var output: JSONOption
        @OptionGroup var options: SpoolOptions

        func run() throws {
            let entries = try ProductFile(path: file, columns: ["productId", "name", "price"]).catalogue()
            try options.context().load(
                stride(from: 0, to: entries.count, by: loadSlice).map {
                    .catalogueLoad(Array(entries[$0..<min($0 + loadSlice, entries.count)]))
                },
                message: "\(counted(entries.count, "product")) loaded", json: output.json)
        }
    }
}

extension CommandContext {
    /// Does the slices of a load, and tells of them as of one.
    fileprivate func load(_ slices: [Command], message: String, json: Bool) throws {
        let refused = try execute(slices).first { !$0.isDone }
        show(refused ?? CommandResult(isDone: true, message: message), subject: nil, json: json)
        if refused != nil { throw CommandFailure.partly }
    }
}
