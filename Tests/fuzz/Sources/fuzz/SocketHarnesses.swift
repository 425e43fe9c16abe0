import Orders

@testable import Stages
@testable import orderd

extension Harness {
    static let control = Harness(
        name: "control", meaning: "ControlRequest, ControlAnswer: lines of the control socket",
        seeds: [
            #"{"version":1,"verb":"status"}"#, #"{"version":1,"verb":"hold","id":"ord_01h455vb4pex5vsknk084sn02q","reason":"r"}"#,
            #"{"version":1,"verb":"stock-set","stock":[["A",5]],"reason":""}"#,
            #"{"version":1,"verb":"catalogue-load","products":[["P","n","1.50"]],"reason":""}"#,
            #"{"version":1,"verb":"partner","name":"acme","role":"shop","state":"active"}"#,
            #"{"version":1,"verb":"pause","what":"intake"}"#,
            #"{"version":1,"verb":"e\#(String(repeating: "\u{301}", count: 300))"}"#,
            #"{"ok":true,"message":"m","status":"PENDING","state":{}}"#,
        ].map(bytes),
        words: [
            "\"version\":1", "\"verb\":\"", "release", "retry", "cancel", "resume", "rescan", "reload", "\"what\":", "\"reason\":",
            "disabled",
            "removed", "warehouse", "reader", "\"ok\":", "\"message\":",
        ]
    ) { input in
        let line = Array(input)
        _ = ControlAnswer(line: line)
        require(
            [ControlRequest.ordinaryLimit, ControlRequest.loadLimit].contains(ControlRequest.limit(of: line[...])), "one of two limits")
        do throws(ControlFault) {
            let request = try ControlRequest(line: line, by: "uid 7")
            let written = request.line
            require(written.last == 10 && !written.dropLast().contains(10), "a request is one line")
            require((try? ControlRequest(line: written.dropLast(), by: "uid 7")) == request, "a request is read as it is written")
        } catch {
            require(error.message.utf8.count <= 400, "a refusal is short, however long what it refuses: \(error.message.utf8.count) bytes")
            let answer = ControlAnswer.line(CommandResult(isDone: false, message: error.message, status: nil))
            require(ControlAnswer(line: answer.dropLast())?.message == error.message, "a refusal reaches who asked")
        }
    }

    static let gateway = Harness(
        name: "gateway", meaning: "GatewayReply: what a payment program answers",
        seeds: [
            #"{"key":"k","verb":"charge","request":1,"result":"done","reference":"r"}"#,
            #"{"key":"k","verb":"lookup","request":1,"result":"not-found"}"#,
            #"{"key":"k","result":"declined","reason":"\#("e" + String(repeating: "\u{301}", count: 600))"}"#,
            #"{"key":"k","result":"\#(String(repeating: "x", count: 300))"}"#,
        ].map(bytes),
        words: [
            "\"key\":", "\"verb\":", "\"request\":", "\"result\":", "\"reason\":", "\"reference\":", "unavailable", "refund",
            "\u{301}\u{301}\u{301}",
        ]
    ) { input in
        guard let reply = GatewayReply(line: Array(input)) else { return }
        let text =
            switch reply.answer {
            case .done(let text), .declined(let text), .unavailable(let text), .unknown(let text): text
            case .notFound: ""
            }
        require(text.utf8.count <= 1000, "what is kept of an answer is bounded, found \(text.utf8.count) bytes")
        if case .notFound = reply.answer { require(reply.verb == .lookup, "not-found answers lookup only") }
    }
}
