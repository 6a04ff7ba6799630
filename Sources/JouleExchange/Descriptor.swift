import Glibc

/// An open file that closes itself.
///
/// Errors are the system's, and name the path that is given.
struct Descriptor: ~Copyable {
    private let number: Int32

    init(opening path: String, _ flags: Int32 = 0) throws(ExchangeError) {
        number = unsafe open(path, O_RDONLY | O_CLOEXEC | flags)
        guard number >= 0 else { throw Self.failure(path) }
    }

    deinit {
        if number >= 0 { close(number) }
    }

    func facts(_ path: String) throws(ExchangeError) -> stat {
        var facts = stat()
        guard unsafe fstat(number, &facts) == 0 else { throw Self.failure(path) }
        return facts
    }

    /// The next bytes, none at the end.
    func read(sizeBytesMax: Int, _ path: String) throws(ExchangeError) -> [UInt8] {
        var isRead = false
        let number = number
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: sizeBytesMax) { space, count in
            while !isRead {
                // SAFETY: read() writes at most the capacity, and `count` is what it wrote.
                let got = unsafe Glibc.read(number, space.baseAddress, space.count)
                if got < 0, errno == EINTR { continue }
                guard got >= 0 else { return }
                count = got
                isRead = true
            }
        }
        guard isRead else { throw Self.failure(path) }
        return bytes
    }

    private static func failure(_ path: String) -> ExchangeError {
        // SAFETY: strerror returns a string that ends, and that is copied at once.
        .unreadable(path: path, reason: unsafe String(cString: strerror(errno)))
    }
}
