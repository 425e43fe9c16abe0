import Foundation
import Ledger
import Orders
import Spool
import Testing

@testable import Stages

/// No text that a partner chooses leads anywhere.
@Suite struct PathTraversalTests {
    private static let evil = [
        "../../../tmp/evil", "/tmp/evil", "..", ".", "a/b", "..\\\\evil", "%2e%2e%2fevil", "evil\\u0000.json", "evil\\n", "~/evil",
        "$(evil)",
    ]

    /// Every path of the spool but those of the rig's own making, with ids and times taken out.
    private func shapes(_ rig: Rig) -> Set<String> {
        let paths = FileManager.default.subpaths(atPath: rig.root) ?? []
        return Set(
            paths.map {
                $0.replacing(/(ord|drp)_[0-9a-z]{26}/, with: "ID").replacing(/\d{4}-\d\d-\d\d/, with: "DAY")
            })
    }

    @Test func noFieldOfAnOrderBecomesAPath() async throws {
        let rig = try Rig { $0.possibleDuplicate = .accept }
        try await rig.take(order("plain"))
        try await rig.take(order("held", [("GIFT", 1, 0)]), as: "h.json")
        try rig.drop("bad.json", "{}")
        try await rig.run()
        let before = shapes(rig)
        for (number, text) in Self.evil.enumerated() {
            let fields = ["notes", "priority", "country", "placedAt", "currency"].map { ",\"\($0)\":\"\(text)\"" }
            var texts = [
                order(text + "r\(number)"), order(nil, key: text + "k\(number)"), order("c\(number)", customer: text),
                order("p\(number)", [(text, 1, 100)]), order("g\(number)", [(text, 1, 0)]), order("t\(number)", token: text),
            ]
            texts += fields.enumerated().map { order("f\(number)-\($0)", extra: $1) }
            texts.append(order("o\(number)", extra: ",\"orderId\":\"\(text)\",\"id\":\"\(text)\",\"partner\":\"\(text)\""))
            try rig.drop("many.ndjson", texts.joined(separator: "\n"))
            try await rig.run()
        }
        #expect(try rig.orders().count > 30)
        // A whole file of several rests under its drop's id.
        #expect(shapes(rig).subtracting(before).allSatisfy { $0.hasPrefix("done/DAY/files") }, "\(shapes(rig).subtracting(before))")
        try rig.check()
    }

    @Test(arguments: [
        "...json", "..json", "..\\..\\evil.json", "%2e%2e%2fevil.json", "a\n.json", "-rf.json", "~root.json", "$(evil).json",
        "ord_00000000000000000000000000.json", "; rm.json",
    ])
    func noNameOfADropBecomesAPath(_ name: String) async throws {
        let rig = try Rig()
        try await rig.take(order("plain"))
        let before = shapes(rig)
        try rig.drop(named(name), Array(order("A").utf8))
        try rig.drop(named(name + ".bad"), Array("x".utf8))
        try await rig.run()
        for _ in 0..<2 { try await rig.pass(milliseconds: 700_000) }
        let new = shapes(rig).subtracting(before)
        // What is hidden stays where it is; all else has gone where ids name it.
        #expect(
            new.allSatisfy {
                $0.hasPrefix("rejected/DAY") || $0 == "rejected" || $0 == "partners/acme/orders/" + name
                    || $0 == "partners/acme/orders/" + name + ".bad"
            }, "\(new)")
        #expect(try rig.list("partners/acme/orders").allSatisfy { $0.hasPrefix(".") })
        try rig.check()
    }

    @Test func aTreeGivesNoDirectoryOutsideOfItself() throws {
        let rig = try Rig()
        for path in ["..", "../x", "queue/../../x", "partners/../../../tmp", "./x", "queue/./hold", "partners/a\0b"] {
            #expect(throws: FileError.self, "\(path)") { try rig.tree.directory(path, creating: 0o700) }
        }
        for name in ["../evil", "..", "a/../../b"] {
            #expect(throws: FileError.self, "\(name)") { try rig.tree.createPartner(name) }
        }
        for name in ["..json", "ord_..json"] { #expect(try Places.orderID(named(name)) == nil) }
        #expect(OrderID("../../etc/passwd") == nil && OrderID("ord_/0000000000000000000000000") == nil)
    }
}
