import Testing

@testable import Stages

/// What is kept of a payment program's answer.
@Suite struct GatewayReplyTests {
    /// A letter with ten thousand marks on it is one `Character`.
    @Test(arguments: [#""result":"declined","reason""#, #""result":"unavailable","reason""#, #""result":"done","reference""#, #""result""#])
    func whatGoesIntoTheJournalIsBounded(members: String) throws {
        let text = "e" + String(repeating: "\u{301}", count: 10_000)
        let reply = try #require(GatewayReply(line: Array(#"{"key":"k",\#(members):"\#(text)"}"#.utf8)))
        switch reply.answer {
        case .done(let kept), .declined(let kept), .unavailable(let kept), .unknown(let kept): #expect(kept.utf8.count < 1000)
        case .notFound: Issue.record("no text to look at")
        }
    }
}
