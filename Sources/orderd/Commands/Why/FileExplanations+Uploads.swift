import Foundation
import Orders
import Reports
import Spool

extension FileExplanations {
    /// What a partner is told of an upload that ended too soon.
    struct ToldUpload {
        let until: Timestamp
        /// Whether it is refused then.
        let isRefused: Bool
    }

    /// What the partner is told of this file. The daemon alone knows its deadline: that of a file which it came upon at its start is counted
    /// from there. Nil where it says nothing, where this user may not read it, and where the file is another by now.
    func toldUpload(_ name: FileName, _ status: FileStatus, _ drop: String, _ partner: String) -> ToldUpload? {
        guard let file = FileName(UploadsFile.name) else { return nil }
        let read = try? tree.withDirectory(SpoolTree.readDirectory("status", of: partner)) { directory throws(FileError) in
            try tree.files.readAll(in: directory, file, limit: 1 << 20)
        }
        guard let bytes = read ?? nil, let uploads = (try? JSONValue.parse(bytes))?["uploads"]?.items else { return nil }
        let upload = uploads.first { upload in
            let isNamed =
                upload["fileBase64"].map { $0.text == Data(name.bytes).base64EncodedString() }
                ?? upload["file"]?.text?.utf8.elementsEqual(name.bytes) == true
            return isNamed && upload["directory"]?.text == drop && upload["size"]?.integer == status.size
        }
        guard let upload, let until = upload["until"]?.text.flatMap(Timestamp.init(rfc3339:)) else { return nil }
        return ToldUpload(until: until, isRefused: upload["then"]?.text == "refused")
    }
}
