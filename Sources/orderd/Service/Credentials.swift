import Foundation
import Spool

/// Secrets that the service manager hands over as files that nobody else can read (systemd's LoadCredential=): they stand in no
/// configuration, no environment and no log.
///
/// The unit loads the files of /etc/orderd/credentials under names that begin with `orderd_`.
enum Credentials {
    /// A secret by the name of its file, without white space around it; nil where there is none.
    ///
    /// - Throws: where it is there and cannot be read, is empty, of more than 4096 bytes, or more than one line: better no start than
    ///   requests that nobody believes.
    static func text(
        _ name: String, environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws(StartError) -> String? {
        guard let directory = environment["CREDENTIALS_DIRECTORY"] else { return nil }
        let path = "\(directory)/orderd_\(name)"
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        guard let content = FileManager.default.contents(atPath: path) else {
            throw .configuration("the credential \(name) cannot be read: \(path)")
        }
        let text = String(decoding: content, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        guard !text.isEmpty, content.count <= 4096, !text.contains(where: \.isNewline) else {
            throw .configuration("the credential \(name) must be one line of at most 4096 bytes: /etc/orderd/credentials/\(name)")
        }
        return text
    }
}
