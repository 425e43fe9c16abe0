import Orders

/// Where something is, since when, why, until when, and what to do.
struct Explanation {
    /// The order's id, or the file's name.
    let subject: String
    /// `order` or `file`.
    let kind: String
    /// A stable word for where it stands: a stage, or what a file waits for.
    let state: String
    /// One sentence.
    let headline: String
    /// A path below the spool's root.
    var place: String?
    var since: Timestamp?
    var until: Timestamp?
    /// What has to happen, where that is no time.
    var untilText: String?
    /// A stable word, where there is one.
    var reason: String?
    /// The same in a sentence.
    var because: String?
    /// Commands that help.
    var advice: [String] = []

    func show() {
        let now = Timestamp.now
        say("\(subject): \(headline)")
        var rows: [[String]] = []
        func add(_ name: String, _ text: String?) { if let text { rows.append(["  " + name, text]) } }
        add("where", place)
        add("since", since.map { told($0, now: now) })
        add("because", because ?? reason)
        add("until", until.map { told($0, now: now) } ?? untilText)
        for (index, command) in advice.enumerated() { add(index == 0 ? "do" : "", command) }
        for line in table(rows) { say(line) }
    }

    func write(to writer: inout JSONWriter) {
        writer.member("version", 1)
        writer.member("kind", kind)
        writer.member("subject", subject)
        writer.member("state", state)
        writer.member("summary", headline)
        writer.member("place", place)
        writer.member("since", since)
        writer.member("reason", reason)
        writer.member("because", because)
        writer.member("until", until)
        writer.member("untilText", untilText)
        writer.key("advice")
        writer.beginArray()
        for command in advice { writer.value(command) }
        writer.endArray()
    }
}
