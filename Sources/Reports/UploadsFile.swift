import Orders
public import Spool

/// What a partner reads of its uploads that ended too soon: `status/uploads.json`. There is no such file while none waits.
public enum UploadsFile {
    /// The version of the format; members are only added while it stays.
    public static let version = 1
    /// Its name. No order's: those begin with `ord_`.
    public static let name = "uploads.json"

    /// One JSON object and a newline. The same uploads always give the same bytes.
    public static func bytes(_ uploads: WaitingUploads, partner: String) -> [UInt8] {
        var writer = JSONWriter(reserving: 128 + 384 * uploads.uploads.count)
        writer.beginObject()
        writer.member("version", version)
        writer.member("partner", partner)
        writer.member("count", uploads.count)
        writer.key("uploads")
        writer.beginArray()
        for upload in uploads.uploads { add(upload, to: &writer) }
        writer.endArray()
        writer.endObject()
        return writer.bytes + [10]
    }

    private static func add(_ upload: WaitingUpload, to writer: inout JSONWriter) {
        let until = Timestamp(milliseconds: upload.until)
        writer.beginObject()
        writer.member("directory", upload.directory)
        let name = Array(upload.name.bytes)
        if let text = String(validating: name, as: UTF8.self) {
            writer.member("file", text)
        } else {
            writer.member("file", String(decoding: name, as: UTF8.self))
            writer.member("fileBase64", ReceiptFile.base64(name))
        }
        writer.member("size", upload.size)
        writer.member("state", "INCOMPLETE")
        writer.member("since", Timestamp(milliseconds: upload.since))
        writer.member("until", until)
        writer.member("then", upload.fate == .refused ? "refused" : "taken")
        writer.member("message", message(upload.fate, until))
        writer.endObject()
    }

    /// What to do, and what comes of it otherwise.
    private static func message(_ fate: WaitingUpload.Fate, _ until: Timestamp) -> String {
        let advice = "the upload ended before the file did: resume it, or upload the whole file again;"
        switch fate {
        case .refused: return "\(advice) at \(until) it is refused as incomplete"
        case .takenAsFarAsItGoes: return "\(advice) at \(until) its whole lines are taken, and a line cut short is refused as incomplete"
        }
    }
}
