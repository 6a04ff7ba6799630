import CZstd

/// Whether a writer compresses.
package enum Compression: Sendable, Hashable {
    /// Payloads and byte lanes become zstd frames where that is smaller.
    case zstd
    /// Nothing is: the same rows then give the same bytes with every version of the library.
    case none
}

/// The library that compresses.
package enum ZstdLibrary {
    /// Such as 10504 for 1.5.4.
    package static var version: Int { Int(ZSTD_versionNumber()) }
}

/// Compresses with zstd, one frame after the other in the same working memory.
///
/// Frames state their content size and a window of at most 8 MiB.
@safe struct ZstdEncoder: ~Copyable {
    /// Nil when there was no memory or nothing is to be compressed.
    private let context: OpaquePointer?

    private static let pool = ContextPool()

    init(_ compression: Compression) {
        unsafe context = compression == .none ? nil : Self.pool.take() ?? ZSTD_createCCtx()
    }

    deinit {
        guard let context = unsafe context, unsafe !Self.pool.give(context) else { return }
        _ = unsafe ZSTD_freeCCtx(context)
    }

    /// One frame; nil when nothing compresses or the frame is not smaller.
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
