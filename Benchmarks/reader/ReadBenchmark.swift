import Foundation
import Orders

/// Reads the orders of an NDJSON file with orderd's reader and with others, in turn, and prints megabytes a second of each, a line a round.
///
///     read-benchmark FILE ROUNDS SECONDS
///
/// Every engine gets the same bytes, in memory, one order at a time, and must come to the same sum of totals and number of lines.
@main
struct ReadBenchmark {
    static func main() throws {
        let arguments = CommandLine.arguments
        guard arguments.count == 4, let rounds = Int(arguments[2]), let seconds = Double(arguments[3]) else {
            FileHandle.standardError.write(Data("usage: read-benchmark FILE ROUNDS SECONDS\n".utf8))
            exit(64)
        }
        let content = [UInt8](try Data(contentsOf: URL(filePath: arguments[1])))
        let orders = content.split(separator: UInt8(ascii: "\n")).map { [UInt8]($0) }
        let bytes = orders.reduce(0) { $0 + $1.count }
        var engines: [any Engine] = [
            StrictEngine(), DecoderEngine<DoubleOrder>("JSONDecoder-Double"), DecoderEngine<DecimalOrder>("JSONDecoder-Decimal"),
            try SQLiteEngine(),
        ]
        for index in engines.indices { engines[index].load(orders) }
        var expected: Sum?
        for round in 0..<rounds {
            // Each round begins with another, so that none always comes after the same.
            for offset in engines.indices {
                let index = (round + offset) % engines.count
                let clock = ContinuousClock()
                let begin = clock.now
                var passes = 0
                repeat {
                    let sum = try engines[index].pass()
                    guard sum == expected ?? sum else { fatalError("\(engines[index].name) came to \(sum)") }
                    expected = sum
                    passes += 1
                } while clock.now - begin < .seconds(seconds)
                let taken = (clock.now - begin) / .seconds(1)
                print(
                    #"{"engine":"\#(engines[index].name)","megabytes_per_second":\#(Double(bytes * passes) / taken / 1e6),"#
                        + #""orders_per_second":\#(Double(orders.count * passes) / taken),"orders":\#(orders.count),"bytes":\#(bytes)}"#)
            }
        }
    }
}

/// What a pass over all orders comes to.
struct Sum: Equatable {
    /// Minor units.
    var total: Int64 = 0
    var lines = 0
}

/// One way to read orders.
protocol Engine {
    var name: String { get }
    /// Takes the orders in the form that it reads from; not timed.
    mutating func load(_ orders: [[UInt8]])
    /// Reads every order once.
    mutating func pass() throws -> Sum
}

/// orderd's own reader, with everything that it checks.
struct StrictEngine: Engine {
    let name = "orderd"
    private var orders: [[UInt8]] = []
    private var reader = OrderReader()

    mutating func load(_ orders: [[UInt8]]) { self.orders = orders }

    mutating func pass() throws -> Sum {
        var sum = Sum()
        for bytes in orders {
            guard case .order(let order) = reader.read(bytes) else { fatalError("an order is refused") }
            sum.total += order.totalAmount
            sum.lines += order.lines.count
        }
        return sum
    }
}
