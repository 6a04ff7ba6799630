import CZstd

/// Decompresses single zstd frames whose size is known beforehand, one after the other in the same
/// working memory.
@safe struct ZstdDecoder: ~Copyable {
    /// Nil when there was no memory; then nothing can be decompressed.
    private let context: OpaquePointer?

    init() {
        unsafe context = ZSTD_createDCtx()
        if let context = unsafe context {
            _ = unsafe ZSTD_DCtx_setParameter(
                context,
                ZSTD_d_windowLogMax,
                Limits.zstdWindowLogMax
            )
        }
    }

    deinit {
        _ = unsafe ZSTD_freeDCtx(context)
    }

    /// The content of `frame`, which must be one frame that states exactly `size` bytes and needs
    /// no dictionary and no window above 8 MiB.
    func content(of frame: ArraySlice<UInt8>, size: Int, at offset: Int) throws(FormatError)
        -> [UInt8]
    {
        try check(frame, size: size, at: offset)
        var content = [UInt8](repeating: 0, count: size)
        try fill(&content, from: frame, size: size, at: offset)
        return content
    }

    /// The same into the first `size` bytes of `scratch`, which grows when it is smaller.
    func content(
        of frame: ArraySlice<UInt8>,
        size: Int,
        at offset: Int,
        into scratch: inout [UInt8]
    ) throws(FormatError) {
        try check(frame, size: size, at: offset)
        if scratch.count < size { scratch = [UInt8](repeating: 0, count: size) }
        try fill(&scratch, from: frame, size: size, at: offset)
    }

    private func check(_ frame: ArraySlice<UInt8>, size: Int, at offset: Int)
        throws(FormatError)
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
    }

    private func fill(
        _ target: inout [UInt8],
        from frame: ArraySlice<UInt8>,
        size: Int,
        at offset: Int
    ) throws(FormatError) {
        guard let context = unsafe context else {
            throw .limitExceeded(at: offset, "no memory to decompress")
        }
        // SAFETY: both buffers outlive the call; the target holds at least `size` bytes.
        let written = unsafe target.withUnsafeMutableBytes { target in
            unsafe frame.withUnsafeBytes { source in
                unsafe ZSTD_decompressDCtx(
                    context,
                    target.baseAddress,
                    size,
                    source.baseAddress,
                    source.count
                )
            }
        }
        guard ZSTD_isError(written) == 0, written == size else {
            throw .malformed(at: offset, "zstd frame does not decompress")
        }
    }
}
