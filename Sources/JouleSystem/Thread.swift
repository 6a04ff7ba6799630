package import CJouleSystem
import Glibc

/// The system has no thread to give.
package struct NoThread: Error {
    /// What it says of it, as errno.
    package let code: Int32
}

/// Runs `body` on a thread of its own, on which no handler of the program's signals runs; it is to be
/// joined or detached.
///
/// `name` is what `ps` and debuggers show of it, at most 15 bytes.
package func startThread(
    _ name: StaticString,
    _ body: @escaping @Sendable () -> Void
) throws(NoThread) -> pthread_t {
    var thread = pthread_t()
    let handed = unsafe Unmanaged.passRetained(Work(body))
    let code = name.withUTF8Buffer { name in
        unsafe name.withMemoryRebound(to: CChar.self) { name in
            unsafe joule_thread_start(
                &thread,
                name.baseAddress,
                { context in
                    guard let context = unsafe context else { return }
                    // SAFETY: the starter passed one retained reference, taken back here, once.
                    unsafe Unmanaged<Work>.fromOpaque(context).takeRetainedValue().body()
                },
                handed.toOpaque()
            )
        }
    }
    guard code == 0 else {
        // SAFETY: no thread took the reference over.
        unsafe handed.release()
        throw NoThread(code: code)
    }
    return thread
}

/// What a new thread is handed.
private final class Work: Sendable {
    let body: @Sendable () -> Void

    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
}
