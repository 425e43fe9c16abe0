import Glibc

/// The command line's arguments as the bytes they are: a file's name need not be UTF-8, and `String` would mend it to another name.
enum RawArguments {
    /// The bytes of an argument that was read as this text.
    static func bytes(of text: String) -> [UInt8] {
        for index in 1..<max(1, Int(CommandLine.argc)) {
            guard let argument = CommandLine.unsafeArgv[index] else { break }
            let bytes = UnsafeRawBufferPointer(start: argument, count: strlen(argument))
            if text == String(decoding: bytes, as: UTF8.self) { return Array(bytes) }
        }
        return Array(text.utf8)
    }
}
