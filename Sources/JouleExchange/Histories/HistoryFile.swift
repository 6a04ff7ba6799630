import Glibc

/// A regular file that is read once from its start to its end, in bounded memory.
struct HistoryFile: ~Copyable {
    let path: String
    /// Bytes when it was opened; what is appended later is not read.
    let size: UInt64
    /// Of the next byte.
    private(set) var offset: UInt64 = 0

    private let descriptor: Descriptor
    private var buffer: [UInt8] = []
    private var start = 0

    private static let chunkSizeBytes = 256 << 10

    /// Opens `path`, which may be a link only where a person named it.
    init(opening path: String, followsLinks: Bool = false) throws(ExchangeError) {
        let opened = try Descriptor(opening: path, O_NONBLOCK | (followsLinks ? 0 : O_NOFOLLOW))
        let facts = try opened.facts(path)
        guard facts.st_mode & S_IFMT == S_IFREG else {
            throw .unreadable(path: path, reason: "no regular file")
        }
        self.path = path
        size = UInt64(clamping: facts.st_size)
        descriptor = opened
    }

    /// The lines of a file of which nothing was taken yet; also those that were appended since.
    consuming func lines(sizeBytesMax: Int) throws(ExchangeError) -> LineReader {
        try LineReader(descriptor, path: path, lineSizeBytesMax: sizeBytesMax)
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
            let chunk = try descriptor.read(
                sizeBytesMax: max(Self.chunkSizeBytes, wanted - buffer.count),
                path
            )
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
}
