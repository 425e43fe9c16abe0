/// The known name that a mistyped one was most likely meant to be; nil where none is near.
///
/// A bare last part (`settle` for `intake.settle`) and a wrong section (`spool.settle`) are found by the last part, spelling mistakes by the
/// number of letters to change.
func nearestName(to name: String, among known: [String]) -> String? {
    let wanted = name.lowercased()
    let leaf = wanted.split(separator: ".").last.map(String.init) ?? wanted
    let whole = nearest(wanted, known.map { ($0, $0.lowercased()) })
    if let whole { return whole }
    return nearest(leaf, known.map { ($0, $0.lowercased().split(separator: ".").last.map(String.init) ?? $0) })
}

private func nearest(_ wanted: String, _ candidates: [(name: String, text: String)]) -> String? {
    let limit = max(1, wanted.utf8.count / 4)
    let measured = candidates.map { (name: $0.name, distance: editDistance(wanted, $0.text)) }
    guard let best = measured.min(by: { ($0.distance, $0.name) < ($1.distance, $1.name) }), best.distance <= limit else { return nil }
    return best.name
}

/// Insertions, deletions, substitutions and swaps of neighbours that turn one text into the other.
private func editDistance(_ left: String, _ right: String) -> Int {
    let (a, b) = (Array(left.utf8.prefix(100)), Array(right.utf8.prefix(100)))
    var rows = [Array(0...b.count)]
    for i in a.indices {
        var row = [i + 1]
        for j in b.indices {
            var best = min(row[j] + 1, rows[i][j + 1] + 1, rows[i][j] + (a[i] == b[j] ? 0 : 1))
            if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { best = min(best, rows[i - 1][j - 1] + 1) }
            row.append(best)
        }
        rows.append(row)
    }
    return rows[a.count][b.count]
}
