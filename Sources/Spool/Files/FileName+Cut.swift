/// `name` with `suffix` behind it, cut where the two together are longer than a name may be.
///
/// A cut name ends in `~` and the first 16 hexadecimal digits of the digest of the whole name, then the suffix: two long names that begin
/// alike stay apart, and the same name is cut the same way each time. Text is cut between two characters.
///
/// - Parameters:
///   - name: the name to build on.
///   - suffix: what stands behind it, such as `.receipt.json`; at most 200 bytes, none of them NUL or `/`.
///   - digest: SHA-256, or another digest of at least 8 bytes. Called only where the name is cut.
public func cutName(_ name: FileName, suffix: String, digest: ([UInt8]) -> [UInt8]) -> FileName {
    let suffixBytes = Array(suffix.utf8)
    precondition(suffixBytes.count <= 200 && !suffixBytes.contains { $0 == 0 || $0 == UInt8(ascii: "/") }, "not a suffix of a file's name")
    let whole = Array(name.bytes)
    if let joined = FileName(bytes: whole + suffixBytes) { return joined }
    let mark = [UInt8(ascii: "~")] + hexadecimal(digest(whole).prefix(8))
    var room = FileName.maximumLength - suffixBytes.count - mark.count
    if name.text != nil {
        while room > 0, whole[room] & 0xC0 == 0x80 { room -= 1 }
    }
    return whole[..<room].withUnsafeBytes { kept in
        (Array(kept) + mark + suffixBytes).withUnsafeBytes { FileName(listed: $0) }
    }
}

private func hexadecimal(_ bytes: some Sequence<UInt8>) -> [UInt8] {
    let digits = Array("0123456789abcdef".utf8)
    return bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
}
