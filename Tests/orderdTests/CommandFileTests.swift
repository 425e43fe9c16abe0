import Foundation
import Ledger
import Testing

@testable import orderd

/// Files of stock and products, and the CSV they are written in.
@Suite struct CommandFileTests {
    @Test(arguments: [
        ("a,b\n1,2\n", [["a", "b"], ["1", "2"]]),
        ("a,b\r\n1,2", [["a", "b"], ["1", "2"]]),
        ("\u{FEFF}a\n\n\n1\n", [["a"], ["1"]]),
        ("\"x, y\",\"he said \"\"no\"\"\",\n", [["x, y", "he said \"no\"", ""]]),
        ("\"two\nlines\",z\n1,2\n", [["two\nlines", "z"], ["1", "2"]]),
        ("", []),
    ])
    func csvIsReadAsRFC4180Says(text: String, expected: [[String]]) throws {
        #expect(try CSVReader.records(Array(text.utf8)).map(\.fields) == expected)
    }

    @Test(arguments: [("a\n\"x", 2), ("a\nb\"c\n", 2), ("\"a\"b\n", 1), ("a\n\"l\n\n", 2)])
    func brokenCSVIsPlaced(text: String, line: Int) {
        #expect {
            try CSVReader.records(Array(text.utf8))
        } throws: { error in
            (error as? CSVReader.Fault)?.line == line
        }
    }

    @Test func recordsKnowTheirLine() throws {
        #expect(try CSVReader.records(Array("h\n\"a\nb\"\nc\n".utf8)).map(\.line) == [1, 2, 4])
    }

    private func file(_ text: String, columns: [String]) throws -> ProductFile {
        try withConfigurationFile(text) { try ProductFile(path: $0, columns: columns) }
    }

    @Test(arguments: [
        "productId,quantity\nPEN,5\nCUP,0\n",
        "quantity,note,productId\n5,x,PEN\n0,,CUP\n",
        "{\"productId\":\"PEN\",\"quantity\":5}\n{\"productId\":\"CUP\",\"quantity\":\"0\"}\n",
        "[{\"productId\":\"PEN\",\"quantity\":5},\n {\"productId\":\"CUP\",\"quantity\":0}]",
    ])
    func stockIsReadFromEveryFormat(text: String) throws {
        let counts = try file(text, columns: ["productId", "quantity"]).stock()
        #expect(counts == [StockCount(product: "PEN", quantity: 5), StockCount(product: "CUP", quantity: 0)])
    }

    /// Orders name products by their bytes: one letter in two spellings is two products.
    @Test func productsThatOnlyLookAlikeAreTwo() throws {
        let counts = try file("productId,quantity\n\u{E9},1\ne\u{301},2\n", columns: ["productId", "quantity"]).stock()
        #expect(counts.map(\.quantity) == [1, 2])
    }

    @Test(arguments: [
        ("productId,quantity\nPEN,+5\n", ":2: expected quantity"), ("productId,quantity\nPEN,5.0\n", ":2: expected quantity"),
        ("productId,quantity\nPEN,9999999999999\n", ":2: expected quantity"), ("productId,quantity\n,5\n", ":2: expected productId"),
        ("productId,quantity\nPEN\n", ":2: expected 2 fields"), ("productId\nPEN\n", ":1: expected a header"),
        ("{\"productId\":\"PEN\",\"quantity\":1}\n{\n", ":2: expected one JSON object"), ("[{\"quantity\":1}]", "#/0: expected productId"),
        ("productId,quantity\nPEN,1\nPEN,2\n", ":3: PEN stands twice"), ("", " is empty"), ("productId,quantity\n", " holds no products"),
    ])
    func aBadLineIsNamed(text: String, expected: String) {
        #expect {
            _ = try file(text, columns: ["productId", "quantity"]).stock()
        } throws: { error in
            guard case .refused(let message)? = error as? CommandFailure else { return false }
            return message.contains(expected)
        }
    }

    @Test func pricesAreDecimalText() throws {
        let entries = try file("[{\"productId\":\"PEN\",\"name\":\"Pen\",\"price\":1.50}]", columns: []).catalogue()
        #expect(entries == [CatalogueEntry(product: "PEN", name: "Pen", price: "1.50")])
        for price in ["1e3", "-1", "1.", ".5", "1.5.0", "1,5"] { #expect(!ProductLimits.isPrice(price)) }
        for price in ["", "0", "1.5", "1000000.123456"] { #expect(ProductLimits.isPrice(price)) }
    }

    @Test func idsAreFoundInLines() {
        #expect(IDArguments.id(in: "ord_1  COMPLETED") == "ord_1")
        #expect(IDArguments.id(in: "{\"version\":1,\"orderId\":\"ord_2\"}") == "ord_2")
        #expect(IDArguments.id(in: "   ") == nil)
    }

    @Test func textOfOthersCannotSteerATerminal() {
        #expect(printable("a\u{1B}[2Jb\n\u{202E}c é") == "a\\u{1B}[2Jb\\n\\u{202E}c é")
    }
}
