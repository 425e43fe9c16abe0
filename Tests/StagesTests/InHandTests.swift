import Ledger
import Orders
import Spool
import TestSupport
import Testing

@testable import Stages

/// The note of what is in hand costs as little as it can, and says all that a crash has to leave.
@Suite struct InHandTests {
    private let rig: Rig
    private let file = Thing.file(
        partner: "acme", drop: "orders",
        upload: DropIdentity(inode: .max, birth: -1_790_000_000_123_456_789, name: [0xFF, 0x0A, 0x20, 0x61]))

    init() throws {
        rig = try Rig()
        try rig.stop()
    }

    private func entries(_ body: (InHand) throws -> Void) throws -> [InHand.Entry] {
        let tree = try SpoolTree(root: rig.root, files: SystemFiles())
        try body(InHand.open(tree).note)
        return try InHand.open(tree).left
    }

    @Test func aThingIsReadBackAsItWasNoted() throws {
        let order = Thing.order(OrderID(high: 0x0188_BAC7_4AFA_78AA, low: 0xBC3B_BD1E_EF28_D881))
        let left = try entries {
            try $0.touch(file)
            try $0.touch(order, position: 7, isAlone: true)
        }
        #expect(
            left == [
                InHand.Entry(thing: file, position: Suspect.whole, isAlone: false), InHand.Entry(thing: order, position: 7, isAlone: true),
            ])
    }

    @Test func aThingThatIsTouchedAgainIsNotedOnce() throws {
        #expect(try entries { for _ in 0..<3 { try $0.touch(file) } }.count == 1)
    }

    @Test func aThingThatIsTouchedAgainAfterAnotherOrElsewhereIsNotedAgain() throws {
        let other = Thing.order(OrderID(high: 1, low: 2))
        let left = try entries {
            try $0.touch(file)
            try $0.touch(other)
            try $0.touch(file)
            try $0.touch(file, position: 1)
            try $0.touch(file, position: 1, isAlone: true)
        }
        #expect(left.map(\.thing) == [file, other, file, file, file])
    }

    @Test func afterARestTheSameThingIsNotedAnew() throws {
        let left = try entries {
            try $0.touch(file)
            try $0.rest()
            try $0.touch(file)
        }
        #expect(left.count == 1)
    }
}
