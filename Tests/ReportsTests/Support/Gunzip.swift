import CZlib

/// Takes a gzip file apart, with zlib's own reader.
enum Gunzip {
    struct Damaged: Error { let code: Int32 }

    static func bytes(_ compressed: [UInt8]) throws -> [UInt8] {
        let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
        stream.initialize(to: z_stream())
        defer { stream.deallocate() }
        inflateInit2_(stream, 15 + 16, zlibVersion(), Int32(MemoryLayout<z_stream>.size))
        defer { inflateEnd(stream) }
        var (input, output, found) = (compressed, [UInt8](repeating: 0, count: 1 << 16), [UInt8]())
        let code = input.withUnsafeMutableBufferPointer { input in
            stream.pointee.next_in = input.baseAddress
            stream.pointee.avail_in = UInt32(input.count)
            while true {
                let code = output.withUnsafeMutableBufferPointer { output in
                    stream.pointee.next_out = output.baseAddress
                    stream.pointee.avail_out = UInt32(output.count)
                    return inflate(stream, Z_NO_FLUSH)
                }
                found += output[..<(output.count - Int(stream.pointee.avail_out))]
                if code != Z_OK { return code }
            }
        }
        guard code == Z_STREAM_END else { throw Damaged(code: code) }
        return found
    }
}
