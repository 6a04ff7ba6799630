import Glibc

/// A regular file that is read once from its start to its end, in bounded memory.
struct HistoryFile: ~Copyable {
    let path: String
    /// Bytes when it was opened; what is appended later is not read.
    let size: UInt64
    /// Of the next byte.
    private(set) var offset: UInt64 = 0

    private let descriptor: Int32
    private var buffer: [UInt8] = []
    private var start = 0

    private static let chunkSizeBytes = 256 << 10

    /// Opens `path`, which may be a link only where a person named it.
    init(opening path: String, followsLinks: Bool = false) throws(ExchangeError) {
        let link = followsLinks ? 0 : O_NOFOLLOW
        descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | link)
        self.path = path
        guard descriptor >= 0 else {
            size = 0
            throw Self.failure(path)
        }
        var facts = stat()
        guard unsafe fstat(descriptor, &facts) == 0, facts.st_mode & S_IFMT == S_IFREG else {
            size = 0
            throw .unreadable(path: path, reason: "no regular file")
        }
        size = UInt64(clamping: facts.st_size)
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }

    /// Bytes that were not taken yet.
    var left: UInt64 { size - min(offset, size) }

    /// The next `count` bytes, fewer at the end of the file.
    mutating func next(_ count: Int) throws(ExchangeError) -> ArraySlice<UInt8> {
        let wanted = Int(min(UInt64(count), left))
        while buffer.count - start < wanted {
            if start > 0 {
                buffer.removeFirst(start)
                start = 0
            }
            let chunk = try read(max(Self.chunkSizeBytes, wanted - buffer.count))
            if chunk.isEmpty { break }
            buffer += chunk
        }
        let end = min(start + wanted, buffer.count)
        let bytes = buffer[start..<end]
        offset += UInt64(bytes.count)
        start = end
        return bytes
    }

    /// The whole file; one that is longer is refused.
    mutating func all(sizeBytesMax: Int) throws(ExchangeError) -> [UInt8] {
        guard size <= UInt64(sizeBytesMax) else {
            throw .unreadable(path: path, reason: "longer than \(sizeBytesMax) bytes")
        }
        return Array(try next(Int(size)))
    }

    private func read(_ count: Int) throws(ExchangeError) -> [UInt8] {
        var isRead = false
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: count) { space, filled in
            while !isRead {
                // SAFETY: read() writes at most the capacity, and `filled` is what it wrote.
                let got = unsafe Glibc.read(descriptor, space.baseAddress, space.count)
                if got < 0, errno == EINTR { continue }
                guard got >= 0 else { return }
                filled = got
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
