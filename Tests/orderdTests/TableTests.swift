import Testing

@testable import orderd

@Suite("What is made for a person's eyes")
struct TableTests {
    private static let rows = [
        ["ORDER", "REFERENCE", "REASON"], ["ord_1", "a reference of a length", "payment-breaker-open"], ["ord_2", "short", "-"],
    ]

    @Test func aTableIsCutAtItsWidestTextOnATerminalOnly() {
        let cut = table(Self.rows, cut: [1, 2], width: 40)
        #expect(
            cut == [
                "ORDER  REFERENCE         REASON", "ord_1  a reference of …  payment-breake…", "ord_2  short             -",
            ])
        #expect(cut.allSatisfy { columnCount($0) <= 40 })
        // In a pipe, and where it fits.
        let whole = [
            "ORDER  REFERENCE                REASON", "ord_1  a reference of a length  payment-breaker-open",
            "ord_2  short                    -",
        ]
        #expect(table(Self.rows, cut: [1, 2]) == whole)
        #expect(table(Self.rows, cut: [1, 2], width: 200) == whole)
    }

    @Test func idsAndNumbersAreNeverCut() {
        let lines = table(Self.rows, cut: [1, 2], width: 10)
        #expect(lines[1].hasPrefix("ord_1  a refer…  payment…"))
        #expect(table([["N"], ["123456"]], rightFrom: 0, width: 3) == ["     N", "123456"])
    }

    @Test func wideSignsTakeTwoColumnsAndMarksNone() {
        #expect(columnCount("abc") == 3)
        #expect(columnCount("日本") == 4)
        #expect(columnCount("e\u{301}") == 1)
        #expect(columnCount("🙂") == 2)
        #expect(cut("日本語", to: 5) == "日本…")
        #expect(cut("日本語", to: 6) == "日本語")
        #expect(table([["日本", "x"], ["abcde", "y"]]) == ["日本   x", "abcde  y"])
    }

    @Test func colourIsForThoseWhoWantIt() {
        #expect(Terminal.takesColour(["TERM": "xterm-256color"]))
        #expect(Terminal.takesColour(["TERM": "xterm", "NO_COLOR": ""]))
        #expect(!Terminal.takesColour(["TERM": "xterm", "NO_COLOR": "1"]))
        #expect(!Terminal.takesColour(["TERM": "dumb"]))
        #expect(!Terminal.takesColour([:]))
        #expect(Terminal(width: 80, height: 24, hasColour: true).paint("x", .red) == "\u{1B}[31mx\u{1B}[0m")
        #expect(Terminal(width: 80, height: 24).paint("x", .red) == "x")
        #expect(Terminal(of: -1, environment: ["TERM": "xterm", "COLUMNS": "20"]) == .none)
    }

    @Test(
        arguments: [
            (5, 10, "", 60, "files [###############...............] 5 of 10"),
            (0, 10, "", 60, "files [..............................] 0 of 10"),
            (12, 10, "", 60, "files [##############################] 10 of 10"), (5, nil, "", 60, "files 5"),
            (5, 10, "3 orders under way", 60, "files [###########............] 5 of 10, 3 orders under way"),
            (5, 10, "", 20, "files 5 of 10"), (5, 10, "3 orders under way", 20, "files 5 of 10, 3 o…"),
        ] as [(Int64, Int64?, String, Int, String)])
    func aBarStaysWithinItsLine(done: Int64, total: Int64?, note: String, width: Int, expected: String) {
        let line = ProgressBar.line("files", done, of: total, note: note, width: width)
        #expect(line == expected)
        #expect(columnCount(line) < width)
    }
}
