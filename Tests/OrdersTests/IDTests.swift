import Orders
import Testing

@Suite("Ids")
struct IDTests {
    @Test func textIsThatOfTheFormat() throws {
        // The pair that the format's own description gives.
        let id = OrderID(high: 0x0188_BAC7_4AFA_78AA, low: 0xBC3B_BD1E_EF28_D881)
        #expect(id.text == "ord_01h2xcejqtf2nbrexx3vqjhp41")
        #expect(OrderID("ord_01h2xcejqtf2nbrexx3vqjhp41") == id)
        #expect(OrderID(high: 0, low: 0).text == "ord_00000000000000000000000000")
        #expect(DropID(high: .max, low: .max).text == "drp_7zzzzzzzzzzzzzzzzzzzzzzzzz")
        #expect("\(id)" == id.text)
    }

    @Test(arguments: [
        "", "ord_", "ord_01h2xcejqtf2nbrexx3vqjhp4", "ord_01h2xcejqtf2nbrexx3vqjhp411", "drp_01h2xcejqtf2nbrexx3vqjhp41",
        "01h2xcejqtf2nbrexx3vqjhp41",
        "ord_8zzzzzzzzzzzzzzzzzzzzzzzzz", "ord_01H2XCEJQTF2NBREXX3VQJHP41", "ord_01h2xcejqtf2nbrexx3vqjhpl1",
        "ord_01h2xcejqtf2nbrexx3vqjhpu1",
        "ord-01h2xcejqtf2nbrexx3vqjhp41", "Ord_01h2xcejqtf2nbrexx3vqjhp41", " ord_01h2xcejqtf2nbrexx3vqjhp4",
    ])
    func anyOtherSpellingIsRefused(_ text: String) {
        #expect(OrderID(text) == nil)
    }

    @Test func onlyTheAlphabetsBytesAreDigits() {
        for byte in UInt8.min ... .max {
            let id = OrderID(utf8: Array("ord_0000000000000000000000000".utf8) + [byte])
            let value = Array("0123456789abcdefghjkmnpqrstvwxyz".utf8).firstIndex(of: byte)
            #expect(id?.low == value.map { UInt64($0) })
        }
    }

    @Test func randomIdsRoundTripAndSortAsTheirText() {
        var random = SeededRandom(1)
        let ids = (0..<2000).map { _ in OrderID(high: random.next(), low: random.next()) }
        #expect(ids.allSatisfy { OrderID($0.text) == $0 && OrderID(utf8: $0.text.utf8) == $0 })
        #expect(ids.sorted().map(\.text) == ids.map(\.text).sorted())
    }

    @Test func idsIncreaseWithinAMillisecondAndWhenTheClockRunsBack() {
        var random = SeededRandom(2)
        var generator = IDGenerator()
        var last = generator.orderID(milliseconds: 1_790_000_000_000) { random.next() }
        for step in 0..<20_000 {
            let milliseconds = Int64(1_790_000_000_000) + Int64(step / 1000) * (step % 3 == 0 ? 1 : -5000)
            let next = generator.orderID(milliseconds: milliseconds) { random.next() }
            #expect(last < next)
            last = next
        }
        #expect(generator.dropID(milliseconds: .min) { random.next() }.high >= last.high)
    }

    @Test func idsIncreaseWhereTheRandomBitsAreAtTheirEnd() {
        var generator = IDGenerator()
        let first = generator.orderID(milliseconds: 5) { .max }
        let second = generator.orderID(milliseconds: 5) { .max }
        #expect(first.milliseconds == 5)
        #expect(second.milliseconds == 6)
        #expect(first < second)
    }

    @Test func idsBearVersionVariantAndTime() {
        var random = SeededRandom(3)
        var generator = IDGenerator()
        for milliseconds: Int64 in [1, 1_790_000_000_000, 1_790_000_000_001, 253_402_300_799_999] {
            let id = generator.dropID(milliseconds: milliseconds) { random.next() }
            #expect(id.milliseconds == milliseconds)
            #expect(id.high >> 12 & 0xF == 7)
            #expect(id.low >> 62 == 0b10)
        }
    }

    @Test func generatorGoesOnAfterAKnownId() {
        var random = SeededRandom(4)
        var generator = IDGenerator()
        let last = generator.orderID(milliseconds: 1_790_000_000_000) { random.next() }
        var restarted = IDGenerator(after: last)
        #expect(restarted.orderID(milliseconds: 1_000) { random.next() } > last)
    }
}
