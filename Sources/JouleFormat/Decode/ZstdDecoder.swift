import CZstd

/// Decompresses single zstd frames whose size is known beforehand.
enum ZstdDecoder {
    /// The content of `frame`, which must be one frame that states exactly `size` bytes and needs
    /// no dictionary and no window above 8 MiB.
    static func content(of frame: ArraySlice<UInt8>, size: Int, at offset: Int)
        throws(FormatError) -> [UInt8]
    {
        // SAFETY: the buffer outlives the calls, which are told its true size.
        let stated = unsafe frame.withUnsafeBytes { source in
            unsafe (
                content: ZSTD_getFrameContentSize(source.baseAddress, source.count),
                compressed: ZSTD_findFrameCompressedSize(source.baseAddress, source.count)
            )
        }
        guard stated.compressed == frame.count, stated.content == UInt64(size) else {
            throw .malformed(at: offset, "not one zstd frame of the stated size")
        }
        guard let context = unsafe ZSTD_createDCtx() else {
            throw .limitExceeded(at: offset, "no memory to decompress")
        }
        defer { unsafe ZSTD_freeDCtx(context) }
        _ = unsafe ZSTD_DCtx_setParameter(
            context,
            ZSTD_d_windowLogMax,
            Limits.zstdWindowLogMax
        )
        var content = [UInt8](repeating: 0, count: size)
        // SAFETY: both buffers outlive the call and their true sizes are passed.
        let written = unsafe content.withUnsafeMutableBytes { target in
            unsafe frame.withUnsafeBytes { source in
                unsafe ZSTD_decompressDCtx(
                    context,
                    target.baseAddress,
                    target.count,
                    source.baseAddress,
                    source.count
                )
            }
        }
        guard ZSTD_isError(written) == 0, written == size else {
            throw .malformed(at: offset, "zstd frame does not decompress")
        }
        return content
    }
}
