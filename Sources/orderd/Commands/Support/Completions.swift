import ArgumentParser
import Ledger

/// What a shell offers where a fixed list does not do. It is asked while somebody types: what cannot be found out is offered nothing for.
extension CompletionKind {
    /// The names of partners in the spool that the words before name, or that holds without any.
    static var partners: CompletionKind {
        .custom { words, _, _ in
            guard let context = try? options(in: words).context(), let partners = try? context.reader().queries.partners() else {
                return []
            }
            return partners.filter { $0.state != "removed" }.map(\.name)
        }
    }

    private static func options(in words: [String]) throws -> SpoolOptions {
        let given = zip(words, words.dropFirst()).filter { ["--spool", "--config"].contains($0.0) && !$0.1.isEmpty }
        return try SpoolOptions.parse(given.flatMap { [$0.0, $0.1] })
    }
}
