import CZstd

/// Decompresses single zstd frames whose size is known beforehand, one after the other in the same
/// working memory.
@safe struct ZstdDecoder: ~Copyable {
    /// Nil when there was no memory; then nothing can be decompressed.
    private let context: OpaquePointer?

    private static let pool = ContextPool()

    init() {
        unsafe context = Self.pool.take() ?? ZSTD_createDCtx()
        if let context = unsafe context {
            _ = unsafe ZSTD_DCtx_setParameter(
                context,
                ZSTD_d_windowLogMax,
                Limits.zstdWindowLogMax
            )
        }
    }

    deinit {
        guard let context = unsafe context, unsafe !Self.pool.give(context) else { return }
        _ = unsafe ZSTD_freeDCtx(context)
    }

    /// The content of `frame`, which must be one frame that states exactly `size` bytes and needs
    /// no dictionary and no window above 8 MiB.
    func content(of frame: ArraySlice<UInt8>, size: Int, at offset: Int) throws(FormatError)
        -> [UInt8]
    {
        // Before any memory is taken for it.
        try check(frame, size: size, at: offset)
        var content = [UInt8](repeating: 0, count: size)
        try fill(&content, 0..<size, from: frame, at: offset)
        return content
    }

    /// The same into the places `range` of `target`, which it has.
    func decompress(
        _ frame: ArraySlice<UInt8>,
        into target: inout [UInt8],
        _ range: Range<Int>,
        at offset: Int
    ) throws(FormatError) {
        try check(frame, size: range.count, at: offset)
        try fill(&target, range, from: frame, at: offset)
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
        _ range: Range<Int>,
        from frame: ArraySlice<UInt8>,
        at offset: Int
    ) throws(FormatError) {
        guard let context = unsafe context else {
            throw .limitExceeded(at: offset, "no memory to decompress")
        }
        // SAFETY: both buffers outlive the call and their true sizes are passed.
        let written = unsafe target.withUnsafeMutableBytes { target in
            unsafe frame.withUnsafeBytes { source in
                unsafe ZSTD_decompressDCtx(
                    context,
                    UnsafeMutableRawBufferPointer(rebasing: target[range]).baseAddress,
                    range.count,
                    source.baseAddress,
                    source.count
                )
            }
        }
        guard ZSTD_isError(written) == 0, written == range.count else {
            throw .malformed(at: offset, "zstd frame does not decompress")
        }
    }
}
