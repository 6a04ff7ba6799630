public import CJouleSystem

/// A value that one thread at a time may touch.
///
/// Where the standard library's `Mutex` is a futex that holds the id of its owner's thread, which in a
/// forked child is the one that the first thread had in its parent, so that a second thread that has
/// to wait ends the program (Decision 0004), this one holds no id. It does not lend its owner the
/// priority of who waits, and a thread that takes it twice waits for ever.
///
/// Public, though nobody outside of the package needs it, because only that is inlined: called, it
/// costs a row 120 instructions more.
@safe public struct Lock<Value: ~Copyable>: ~Copyable, @unchecked Sendable {
    // Unchecked: the value is only touched between taking the word and letting go of it.
    @usableFromInline let word: UnsafeMutablePointer<UInt32>
    @usableFromInline let value: UnsafeMutablePointer<Value>

    /// Takes the value, which nobody else has.
    public init(_ value: consuming Value) {
        // Side by side, because who takes the word wants the value: mostly both are in one line of
        // the processor's caches.
        let place = max(MemoryLayout<UInt32>.size, MemoryLayout<Value>.alignment)
        let room = UnsafeMutableRawPointer.allocate(
            byteCount: place + MemoryLayout<Value>.size,
            alignment: max(MemoryLayout<UInt32>.alignment, MemoryLayout<Value>.alignment)
        )
        // SAFETY: the room holds the word and, behind it and aligned, the value.
        unsafe word = room.bindMemory(to: UInt32.self, capacity: 1)
        unsafe word.initialize(to: 0)
        unsafe self.value = (room + place).bindMemory(to: Value.self, capacity: 1)
        unsafe self.value.initialize(to: value)
    }

    deinit {
        unsafe value.deinitialize(count: 1)
        unsafe UnsafeMutableRawPointer(word).deallocate()
    }

    /// Waits until no other thread has the value, and then has `body` work on it.
    @inlinable
    public borrowing func withLock<Result: ~Copyable, Failure: Error>(
        _ body: (inout Value) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        // SAFETY: the word lives as long as `self`, which the caller holds; the value is this
        // thread's until the word is let go.
        unsafe joule_lock_take(word)
        defer { unsafe joule_lock_let_go(word) }
        return unsafe try body(&value.pointee)
    }

    /// Has `body` work on the value unless another thread has it; then the answer is nil.
    @inlinable
    public borrowing func withLockIfAvailable<Result: ~Copyable, Failure: Error>(
        _ body: (inout Value) throws(Failure) -> Result
    ) throws(Failure) -> Result? {
        // SAFETY: as above.
        guard unsafe joule_lock_try(word) else { return nil }
        defer { unsafe joule_lock_let_go(word) }
        return unsafe try body(&value.pointee)
    }
}
