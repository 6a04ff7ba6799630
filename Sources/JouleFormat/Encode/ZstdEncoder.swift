import CZstd

/// Compresses with zstd, one frame after the other in the same working memory.
///
/// Frames state their content size and a window of at most 8 MiB.
@safe struct ZstdEncoder: ~Copyable {
    /// Nil when there was no memory; then nothing is compressed.
    private let context: OpaquePointer?

    private static let pool = ContextPool()

    init() {
        unsafe context = Self.pool.take() ?? ZSTD_createCCtx()
    }

    deinit {
        guard let context = unsafe context, unsafe !Self.pool.give(context) else { return }
        _ = unsafe ZSTD_freeCCtx(context)
    }

    /// One frame; nil when zstd cannot (out of memory) or the frame is not smaller.
    func frame(of bytes: [UInt8], level: Int32) -> [UInt8]? {
        guard bytes.count > 16, let context = unsafe context else { return nil }
        // A frame that is not smaller is of no use, so no more room is offered.
        let frame = unsafe [UInt8](unsafeUninitializedCapacity: bytes.count) { target, written in
            // SAFETY: both buffers outlive the call and their true sizes are passed.
            let size = unsafe bytes.withUnsafeBytes { source in
                unsafe ZSTD_compressCCtx(
                    context,
                    target.baseAddress,
                    target.count,
                    source.baseAddress,
                    source.count,
                    level
                )
            }
            written = ZSTD_isError(size) == 0 && size < bytes.count ? Int(size) : 0
        }
        return frame.isEmpty ? nil : frame
    }
}
