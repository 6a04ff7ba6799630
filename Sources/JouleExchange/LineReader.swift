import Glibc

/// The lines of a file, one at a time and in bounded memory.
///
/// A byte order mark at the start and the CR of a CR LF are not part of a line. Pipes are read like
/// files. A file that holds a NUL byte is refused as binary.
struct LineReader: ~Copyable {
    /// Number of the line that `next()` returned last, from 1.
    private(set) var line = 0
    /// Whether that line had no end, because its writer was stopped or has not gone on yet.
    private(set) var isUnfinished = false

    private let path: String
    private let descriptor: Descriptor
    private let lineSizeBytesMax: Int
    /// Bytes read and not yet returned, from `start`.
    private var buffer: [UInt8] = []
    private var start = 0
    private var isAtEnd = false

    private static let chunkSizeBytes = 64 << 10

    static func opening(
        _ path: String,
        lineSizeBytesMax: Int = 64 << 20
    ) throws(ExchangeError) -> LineReader {
        let descriptor = try Descriptor(opening: path)
        let facts = try descriptor.facts(path)
        switch facts.st_mode & S_IFMT {
        case S_IFDIR:
            throw .unreadable(path: path, reason: "a directory; a file is expected")
        case S_IFREG where facts.st_size == 0:
            throw .unreadable(path: path, reason: "the file is empty")
        default: break
        }
        return try LineReader(descriptor, path: path, lineSizeBytesMax: lineSizeBytesMax)
    }

    /// Reads a file that is open, from where it is read to.
    init(_ descriptor: consuming Descriptor, path: String, lineSizeBytesMax: Int)
        throws(ExchangeError)
    {
        self.descriptor = descriptor
        self.path = path
        self.lineSizeBytesMax = lineSizeBytesMax
        try fill()
        if buffer.starts(with: [0xEF, 0xBB, 0xBF]) { start = 3 }
    }

    /// Bytes of the file; 0 where that is not known beforehand, as of a pipe.
    func sizeBytes() throws(ExchangeError) -> UInt64 {
        UInt64(clamping: try descriptor.facts(path).st_size)
    }

    /// The next line without its end, nil after the last one.
    mutating func next() throws(ExchangeError) -> [UInt8]? {
        var searched = start
        while true {
            if let end = buffer[searched...].firstIndex(of: 0x0A) { return take(end, skip: 1) }
            if isAtEnd {
                isUnfinished = start < buffer.count
                return isUnfinished ? take(buffer.count, skip: 0) : nil
            }
            guard buffer.count - start <= lineSizeBytesMax else {
                throw .badLine(
                    path: path,
                    line: line + 1,
                    field: "",
                    reason: "longer than \(lineSizeBytesMax) bytes"
                )
            }
            buffer.removeFirst(start)
            start = 0
            searched = buffer.count
            try fill()
        }
    }

    private mutating func take(_ end: Int, skip: Int) -> [UInt8] {
        let isCRLF = skip > 0 && end > start && buffer[end - 1] == 0x0D
        let content = Array(buffer[start..<(isCRLF ? end - 1 : end)])
        start = end + skip
        line += 1
        return content
    }

    private mutating func fill() throws(ExchangeError) {
        let chunk = try descriptor.read(sizeBytesMax: Self.chunkSizeBytes, path)
        isAtEnd = chunk.isEmpty
        if line == 0, buffer.isEmpty, chunk.starts(with: [0x1F, 0x8B]) {
            throw .unreadable(path: path, reason: "compressed with gzip; unpack it first (gunzip)")
        }
        if chunk.contains(0) {
            throw .unreadable(path: path, reason: "a binary file; text is expected")
        }
        buffer += chunk
    }
}
