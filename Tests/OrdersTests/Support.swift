import Foundation
import Orders

/// The directory that holds `Package.swift`, however the sources are linked into it.
let packageRoot: URL = {
    var directory = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent()
    while directory.path != "/", !FileManager.default.fileExists(atPath: directory.appendingPathComponent("Package.swift").path) {
        directory.deleteLastPathComponent()
    }
    return directory
}()

/// Measured data that lies beside the checkout; not everywhere.
enum SharedData {
    static func url(_ path: String) -> URL {
        packageRoot.deletingLastPathComponent().appendingPathComponent("shared/data").appendingPathComponent(path)
    }

    static func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: url(path).path) }

    static let reason = "the data are not beside this checkout"

    /// A file's lines, unpacked.
    static func lines(_ path: String) throws -> [[UInt8]] {
        let output = try run(["xzcat", url(path).path]).output
        return output.split(separator: UInt8(ascii: "\n")).map { Array($0) }
    }
}

/// Runs a program to its end.
func run(_ arguments: [String], input: [UInt8] = []) throws -> (status: Int32, output: [UInt8]) {
    let directory = FileManager.default.temporaryDirectory.appendingPathComponent("orders-tests-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: directory) }
    let inputFile = directory.appendingPathComponent("input")
    try Data(input).write(to: inputFile)
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = arguments
    process.standardInput = try FileHandle(forReadingFrom: inputFile)
    process.standardError = FileHandle.nullDevice
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    let output = try pipe.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    return (process.terminationStatus, [UInt8](output))
}

/// Random numbers that are the same in each run.
struct SeededRandom: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

func read(_ text: String, _ rules: ReadingRules = ReadingRules()) -> OrderReading {
    var reader = OrderReader(rules: rules)
    return reader.read(Array(text.utf8))
}

func order(_ text: String, _ rules: ReadingRules = ReadingRules()) -> Order? {
    if case .order(let order) = read(text, rules) { return order }
    return nil
}

func refusal(_ text: String, _ rules: ReadingRules = ReadingRules()) -> Refusal? {
    if case .refused(let refusal) = read(text, rules) { return refusal }
    return nil
}

/// The faults as `pointer code`; none for an order.
func faults(_ text: String, _ rules: ReadingRules = ReadingRules()) -> [String] {
    (refusal(text, rules)?.faults ?? []).map { "\($0.path) \($0.code.rawValue)" }
}

/// The smallest order, with more members before its end.
func smallest(_ more: String = "") -> String {
    let comma = more.isEmpty ? "" : ","
    return
        #"{"customerId":"demo123","items":[{"productId":"LAPTOP001","quantity":1,"price":1299.99}],"totalAmount":1299.99\#(comma)\#(more)}"#
}

/// An order of one line, whose members are given.
func withLine(_ line: String, total: String) -> String {
    #"{"customerId":"c","items":[{\#(line)}],"totalAmount":\#(total)}"#
}

/// An order with everything in it that is known.
let fullOrder = #"""
    {"orderReference":"R-1","idempotencyKey":"K-1","currency":"EUR","placedAt":"2026-11-22T17:35:58+01:00","country":"United Kingdom",
     "customerId":"c-7","customer":{"name":"Ann Lee","email":"ann@example.com","phone":"+44 20 7946 0000"},
     "shipTo":{"street":"1 High St","city":"Leeds","lines":["a","b"]},"payment":{"method":"simulated","token":"tok_ok"},
     "items":[{"productId":"A","quantity":2,"price":"10.50"},{"productId":"B","quantity":1,"price":0.05,"colour":"red"}],
     "taxAmount":4.2,"shippingAmount":"3.00","discountAmount":1,"totalAmount":27.25,"priority":-3,"notes":"ring twice\nplease","custom":[1,null,true]}
    """#
