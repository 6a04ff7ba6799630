import CZstd

/// What a reader has to know of a frame before it gives it to the library (RFC 8878 § 3.1.1.1).
///
/// The library would take frames of older formats, and a window of any width as long as all of the
/// content is in memory.
private struct ZstdFrameHeader {
    /// Bytes that must be remembered to decompress.
    let windowSize: UInt64

    /// Nil for anything but a frame of the current format that states its size and needs no dictionary.
    init?(_ frame: ArraySlice<UInt8>) {
        var reader = ByteReader(frame)
        guard (try? reader.number(UInt32.self)) == 0xFD2F_B528,
            let descriptor = try? reader.number(UInt8.self), descriptor & 0x0B == 0
        else { return nil }
        let isSingle = descriptor & 0x20 != 0
        var window: UInt64 = 0
        if !isSingle {
            guard let byte = try? reader.number(UInt8.self) else { return nil }
            let base: UInt64 = 1 << (10 + UInt64(byte >> 3))
            window = base + base / 8 * UInt64(byte & 7)
        }
        let size: UInt64
        switch (descriptor >> 6, isSingle) {
        case (0, true): size = (try? reader.number(UInt8.self)).map { UInt64($0) } ?? .max
        case (1, _): size = (try? reader.number(UInt16.self)).map { UInt64($0) + 256 } ?? .max
        case (2, _): size = (try? reader.number(UInt32.self)).map { UInt64($0) } ?? .max
        case (3, _): size = (try? reader.number(UInt64.self)) ?? .max
        default: return nil
        }
        windowSize = isSingle ? size : window
    }
}

/// Decompresses single zstd frames whose size is known beforehand, one after the other in the same
/// working memory.
@safe struct ZstdDecoder: ~Copyable {
    /// Nil when there was no memory; then nothing can be decompressed.
    private let context: OpaquePointer?

    private static let pool = ContextPool()

    init() {
        unsafe context = Self.pool.take() ?? ZSTD_createDCtx()
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
        // The library writes all of it, or the reading fails.
        var written: Int?
        // SAFETY: `fill` is given as many bytes as there are.
        let content = unsafe [UInt8](unsafeUninitializedCapacity: size) { target, count in
            written = unsafe fill(UnsafeMutableRawBufferPointer(target), from: frame)
            count = written ?? 0
        }
        guard written == size else { throw failure(at: offset) }
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
        // SAFETY: the places are the target's own.
        let written = unsafe target.withUnsafeMutableBytes {
            unsafe fill(UnsafeMutableRawBufferPointer(rebasing: $0[range]), from: frame)
        }
        guard written == range.count else { throw failure(at: offset) }
    }

    private func check(_ frame: ArraySlice<UInt8>, size: Int, at offset: Int)
        throws(FormatError)
    {
        guard let header = ZstdFrameHeader(frame), header.windowSize <= Limits.zstdWindowSizeMax
        else {
            throw .malformed(at: offset, "a zstd frame with a dictionary or too wide a window")
        }
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

    /// How many bytes were written from the start of `target` on; nil for a frame that is damaged or has more.
    private func fill(
        _ target: UnsafeMutableRawBufferPointer,
        from frame: ArraySlice<UInt8>
    ) -> Int? {
        guard let context = unsafe context else { return nil }
        // SAFETY: both buffers outlive the call and their true sizes are passed.
        let written = unsafe frame.withUnsafeBytes { source in
            unsafe ZSTD_decompressDCtx(
                context,
                target.baseAddress,
                target.count,
                source.baseAddress,
                source.count
            )
        }
        return ZSTD_isError(written) == 0 ? written : nil
    }

    private func failure(at offset: Int) -> FormatError {
        guard unsafe context != nil else {
            return .limitExceeded(at: offset, "no memory to decompress")
        }
        return .malformed(at: offset, "zstd frame does not decompress")
    }
}
