import Crypto
import Foundation

/// A public key as OpenSSH writes it in a `.pub` file: kind, base64 and a comment.
struct SSHPublicKey: Hashable, Sendable {
    /// `ssh-ed25519` and so on.
    let kind: String
    /// The key in the wire's form.
    let blob: [UInt8]
    /// What follows it, for people. Never any control characters.
    let comment: String

    /// Why a text holds no keys that are taken. The line counts from 1; nil for the whole.
    struct Fault: Error, Equatable, CustomStringConvertible {
        let line: Int?
        let message: String
        var description: String { (line.map { "line \($0): " } ?? "") + message }
    }

    /// The kinds that are taken.
    static let kinds = [
        "ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521", "ssh-rsa", "sk-ssh-ed25519@openssh.com",
        "sk-ecdsa-sha2-nistp256@openssh.com",
    ]
    /// RSA keys of fewer bits are refused, by OpenSSH's own advice.
    static let leastBits = 2048
    /// A file with more is no file of keys.
    static let largestFile = 1 << 20

    /// Equal whatever the comment says.
    static func == (one: Self, other: Self) -> Bool { one.blob == other.blob }
    func hash(into hasher: inout Hasher) { hasher.combine(blob) }

    /// As `authorized_keys` has it.
    var line: String { "\(kind) \(Data(blob).base64EncodedString())" + (comment.isEmpty ? "" : " \(comment)") }

    /// As `ssh-keygen -l` shows it.
    var fingerprint: String {
        "SHA256:" + Data(SHA256.hash(data: blob)).base64EncodedString().prefix { $0 != "=" }
    }

    /// The keys of a file: one a line, with empty lines and lines that begin with `#` between. At least one.
    static func keys(in bytes: [UInt8]) throws(Fault) -> [SSHPublicKey] {
        guard bytes.count <= largestFile, let text = String(validating: bytes, as: UTF8.self), !text.utf8.contains(0) else {
            throw Fault(line: nil, message: "this is no file of OpenSSH public keys; expected lines such as: ssh-ed25519 AAAA... name")
        }
        for mark in ["PRIVATE KEY-----", "PuTTY-User-Key-File-"] where text.contains(mark) {
            throw Fault(
                line: nil,
                message:
                    "this is a private key, which only the partner itself may have: do not keep it, and ask for a new one, if it was sent "
                    + "to you. Needed is the public half, one line, such as ssh-ed25519 AAAA... name (the file that ends in .pub)")
        }
        if text.contains("BEGIN SSH2 PUBLIC KEY") || text.contains("BEGIN PUBLIC KEY") || text.contains("BEGIN RSA PUBLIC KEY") {
            throw Fault(
                line: nil,
                message:
                    "this public key is not in OpenSSH's form; ssh-keygen -i -f FILE writes it so (with -m PEM or -m PKCS8 where it says PEM)"
            )
        }
        var keys: [SSHPublicKey] = []
        for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            let line = line.drop { $0 == " " || $0 == "\t" }
            if line.isEmpty || line.hasPrefix("#") { continue }
            do throws(Fault) {
                let key = try SSHPublicKey(line: line)
                if !keys.contains(key) { keys.append(key) }
            } catch {
                throw Fault(line: index + 1, message: error.message)
            }
        }
        guard !keys.isEmpty else {
            throw Fault(line: nil, message: "there is no key in it; expected a line such as ssh-ed25519 AAAA... name")
        }
        return keys
    }

    private init(line: Substring) throws(Fault) {
        let words = line.split(maxSplits: 2) { $0 == " " || $0 == "\t" }
        kind = String(words[0])
        if kind.hasSuffix("-cert-v01@openssh.com") {
            throw Fault(line: nil, message: "this is a certificate; expected a public key, the file beside it whose name lacks -cert")
        }
        guard Self.kinds.contains(kind) else {
            let known = Self.kinds.joined(separator: ", ")
            if kind == "ssh-dss" { throw Fault(line: nil, message: "DSA keys are too weak for sshd; ask for one of: \(known)") }
            let hasOptions = words.dropFirst().joined(separator: " ").split { $0 == " " }.contains { Self.kinds.contains(String($0)) }
            throw Fault(
                line: nil,
                message: hasOptions
                    ? "there are options before the key, which partners cannot have; leave them out"
                    : "\"\(printable(String(kind.prefix(40))))\" is no kind of key that is taken; taken are \(known)")
        }
        guard words.count > 1, let data = Data(base64Encoded: String(words[1])) else {
            throw Fault(line: nil, message: "what follows \(kind) is not base64: the line is cut or was broken on its way")
        }
        blob = [UInt8](data)
        comment = words.count > 2 ? String(printable(String(words[2])).trimmingSuffix { $0 == " " }.prefix(200)) : ""
        try Self.check(blob, kind)
    }

    // MARK: The wire's form

    private static func check(_ blob: [UInt8], _ kind: String) throws(Fault) {
        let broken = Fault(line: nil, message: "the key is not whole, or not of the kind \(kind): the line is cut or was broken on its way")
        var rest = blob[...]
        func next() throws(Fault) -> ArraySlice<UInt8> {
            guard rest.count >= 4 else { throw broken }
            let length = rest.prefix(4).reduce(0) { $0 << 8 | Int($1) }
            rest.removeFirst(4)
            guard length <= rest.count else { throw broken }
            defer { rest.removeFirst(length) }
            return rest.prefix(length)
        }
        guard try next().elementsEqual(kind.utf8) else { throw broken }
        switch kind {
        case "ssh-rsa":
            _ = try next()
            let modulus = try next().drop { $0 == 0 }
            let bits = modulus.count * 8 - (modulus.first?.leadingZeroBitCount ?? 0)
            guard bits >= leastBits else {
                throw Fault(
                    line: nil, message: "this RSA key has \(bits) bits, at least \(leastBits) are needed; better ask for ssh-ed25519")
            }
        case "ssh-ed25519": guard try next().count == 32 else { throw broken }
        case "sk-ssh-ed25519@openssh.com":
            guard try next().count == 32, try !next().isEmpty else { throw broken }
        default:
            let curve = try next()
            let sizes = ["nistp256": 65, "nistp384": 97, "nistp521": 133]
            guard kind.contains(String(decoding: curve, as: UTF8.self)), let size = sizes[String(decoding: curve, as: UTF8.self)] else {
                throw broken
            }
            let point = try next()
            guard point.count == size, point.first == 4 else { throw broken }
            if kind.hasPrefix("sk-") { guard try !next().isEmpty else { throw broken } }
        }
        guard rest.isEmpty else { throw broken }
    }
}

extension StringProtocol {
    fileprivate func trimmingSuffix(while fits: (Character) -> Bool) -> String {
        var end = endIndex
        while end > startIndex, fits(self[index(before: end)]) { end = index(before: end) }
        return String(self[..<end])
    }
}
