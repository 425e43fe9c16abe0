internal import CZlib

/// Compresses a file piece by piece into the gzip format (RFC 1952). The same content in the same pieces gives the same bytes: no time and
/// no name stand in the header.
final class Gzip {
    /// On the heap, for zlib keeps its address.
    private let stream: UnsafeMutablePointer<z_stream>
    private let output: UnsafeMutableRawBufferPointer

    init() {
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        output = .allocate(byteCount: 1 << 16, alignment: 1)
        // 15 bits of window, and 16 for gzip's header and trailer.
        let code = deflateInit2_(
            stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY, zlibVersion(), Int32(MemoryLayout<z_stream>.size))
        precondition(code == Z_OK, "zlib has no memory")
    }

    deinit {
        deflateEnd(stream)
        stream.deallocate()
        output.deallocate()
    }

    /// Compresses the next piece, and at the end what is left.
    ///
    /// - Parameter sink: takes what has come out; it may be called often or not at all.
    func write<Failure: Error>(
        _ bytes: [UInt8], isLast: Bool, to sink: (UnsafeRawBufferPointer) throws(Failure) -> Void
    ) throws(Failure) {
        var bytes = bytes
        try bytes.withUnsafeMutableBufferPointer { (input) throws(Failure) in
            stream.pointee.next_in = input.baseAddress
            stream.pointee.avail_in = UInt32(input.count)
            repeat {
                stream.pointee.next_out = output.baseAddress?.assumingMemoryBound(to: UInt8.self)
                stream.pointee.avail_out = UInt32(output.count)
                deflate(stream, isLast ? Z_FINISH : Z_NO_FLUSH)
                let count = output.count - Int(stream.pointee.avail_out)
                if count > 0 { try sink(UnsafeRawBufferPointer(rebasing: output[..<count])) }
                // Output space was left over: all input is taken, and at the end all is out.
            } while stream.pointee.avail_out == 0
        }
    }
}
