import CZstd

/// Compresses with zstd.
///
/// Frames state their content size and a window of at most 8 MiB.
enum ZstdEncoder {
    /// One frame; nil when zstd cannot (out of memory) or the frame is not smaller.
    static func frame(of bytes: [UInt8], level: Int32 = 3) -> [UInt8]? {
        guard bytes.count > 16 else { return nil }
        // A frame that is not smaller is of no use, so no more room is offered.
        let written: Int
        var frame = [UInt8](repeating: 0, count: bytes.count)
        // SAFETY: both buffers outlive the call and their true sizes are passed.
        written = unsafe frame.withUnsafeMutableBytes { target in
            unsafe bytes.withUnsafeBytes { source in
                let size = unsafe ZSTD_compress(
                    target.baseAddress,
                    target.count,
                    source.baseAddress,
                    source.count,
                    level
                )
                return ZSTD_isError(size) == 0 ? Int(size) : bytes.count
            }
        }
        guard written < bytes.count else { return nil }
        frame.removeLast(frame.count - written)
        return frame
    }
}
