import JouleSystem

/// Working memory of a C library, kept from one use to the next.
///
/// Nobody ever waits for it: who finds the pool taken does without. So a forked child, whose pool
/// may stay locked for ever, goes on as well.
@safe struct ContextPool: ~Copyable, Sendable {
    /// SAFETY: a context is owned by the pool or by the one who took it, never by both.
    @safe private struct Context: @unchecked Sendable {
        let pointer: OpaquePointer
    }

    private let contexts = Lock<[Context]>([])

    /// More are not kept.
    private static let keptMax = 4

    /// A context for the caller alone; nil when there is none to spare.
    func take() -> OpaquePointer? {
        unsafe contexts.withLockIfAvailable { $0.popLast() }??.pointer
    }

    /// Gives a context back; false when the caller has to free it.
    func give(_ pointer: OpaquePointer) -> Bool {
        let context = unsafe Context(pointer: pointer)
        let isKept = contexts.withLockIfAvailable { kept in
            guard kept.count < Self.keptMax else { return false }
            kept.append(context)
            return true
        }
        return isKept ?? false
    }
}
