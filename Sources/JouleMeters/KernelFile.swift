import Glibc
import JouleSystem

/// A small file of `/sys` or `/proc` that is read again and again.
///
/// The descriptor stays open, so that a reading is one or two system calls. A file that was deleted or
/// replaced is opened anew.
package final class KernelFile: Sendable {
    package let path: String
    private let opened = Lock(Opened())

    private struct Opened {
        var file: Int32 = -1
        /// What `number` found last through this descriptor.
        var number: UInt64?
    }

    /// Opens on the first reading.
    package init(_ path: String) { self.path = path }

    deinit {
        opened.withLock { if $0.file >= 0 { _ = close($0.file) } }
    }

    /// The content, at most `sizeBytesMax` bytes of it.
    package func read(sizeBytesMax: Int = 256) throws(MeterError) -> [UInt8] {
        try opened.withLock { (opened: inout Opened) throws(MeterError) -> [UInt8] in
            if opened.file < 0 || Self.isDeleted(opened.file) { try reopen(&opened) }
            return try closing(&opened) { file throws(MeterError) in
                try Self.content(of: file, sizeBytesMax, path)
            }
        }
    }

    /// The content as one unsigned number, spaces and line ends around it ignored.
    package func number() throws(MeterError) -> UInt64 {
        try opened.withLock { (opened: inout Opened) throws(MeterError) -> UInt64 in
            if opened.file < 0 { try reopen(&opened) }
            var value = try closing(&opened, numberIn)
            // What changes is alive; a deleted file shows for ever what it showed last.
            if value == opened.number, Self.isDeleted(opened.file) {
                try reopen(&opened)
                value = try closing(&opened, numberIn)
            }
            opened.number = value
            return value
        }
    }

    private func numberIn(_ file: Int32) throws(MeterError) -> UInt64 {
        var bytes = InlineArray<256, UInt8>(repeating: 0)
        var span = bytes.mutableSpan
        let (count, code) = unsafe span.withUnsafeMutableBytes { unsafe Self.fill($0, from: file) }
        guard code == 0 else { throw .unreadable(path: path, code: code) }
        let content = bytes.span.extracting(first: count)
        return try unsafe content.withUnsafeBufferPointer { bytes throws(MeterError) in
            guard let value = unsafe Self.number(in: bytes) else {
                let shown = unsafe String(decoding: bytes.prefix(40), as: UTF8.self)
                throw .malformed(path: path, content: shown.trimmed)
            }
            return value
        }
    }

    /// Nil when `bytes` hold anything but digits and white space, or overflow 64 bits.
    static func number(in bytes: some BidirectionalCollection<UInt8>) -> UInt64? {
        let digits = bytes.trimmedWhiteSpace
        guard !digits.isEmpty else { return nil }
        var value: UInt64 = 0
        for byte in digits {
            guard (0x30...0x39).contains(byte) else { return nil }
            let (scaled, tooBig) = value.multipliedReportingOverflow(by: 10)
            let (sum, tooMuch) = scaled.addingReportingOverflow(UInt64(byte &- 0x30))
            if tooBig || tooMuch { return nil }
            value = sum
        }
        return value
    }

    private func reopen(_ opened: inout Opened) throws(MeterError) {
        if opened.file >= 0 { _ = close(opened.file) }
        opened = Opened(file: unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK))
        guard opened.file >= 0 else { throw .unreadable(path: path, code: errno) }
    }

    /// Closes the file where reading it fails: a sysfs node of a reloaded driver fails for ever on
    /// the old descriptor.
    private func closing<Content>(
        _ opened: inout Opened,
        _ read: (Int32) throws(MeterError) -> Content
    ) throws(MeterError) -> Content {
        do throws(MeterError) {
            return try read(opened.file)
        } catch {
            _ = close(opened.file)
            opened = Opened()
            throw error
        }
    }

    private static func isDeleted(_ file: Int32) -> Bool {
        var facts = stat()
        return unsafe fstat(file, &facts) != 0 || facts.st_nlink == 0
    }

    private static func content(
        of file: Int32,
        _ sizeBytesMax: Int,
        _ path: String
    ) throws(MeterError) -> [UInt8] {
        var code: Int32 = 0
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: sizeBytesMax) { buffer, count in
            unsafe (count, code) = fill(UnsafeMutableRawBufferPointer(buffer), from: file)
        }
        guard code == 0 else { throw .unreadable(path: path, code: code) }
        return bytes
    }

    /// How many bytes from the beginning of the file are now in `buffer`, and the error, 0 for none.
    private static func fill(
        _ buffer: UnsafeMutableRawBufferPointer,
        from file: Int32
    ) -> (count: Int, code: Int32) {
        var count = 0
        while count < buffer.count {
            // SAFETY: the rebased part lies inside the buffer, and count never exceeds it.
            let rest = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[count...])
            let got = unsafe pread(file, rest.baseAddress, rest.count, off_t(count))
            if got < 0 && errno == EINTR { continue }
            guard got > 0 else { return (count, got < 0 ? errno : 0) }
            count += got
            // A short value is whole after one call; only long files need another.
            if got < rest.count && buffer.count <= 256 { break }
        }
        return (count, 0)
    }
}

/// The system's words for an errno.
package func systemMessage(_ code: Int32) -> String {
    switch code {
    case EACCES: return "permission denied"
    case ENOENT: return "no such file"
    default:
        var buffer = [CChar](repeating: 0, count: 128)
        // SAFETY: strerror_r writes at most the given count, a terminating zero included.
        guard unsafe strerror_r(code, &buffer, buffer.count) == 0 else { return "error \(code)" }
        let text = buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        return String(decoding: text, as: UTF8.self)
    }
}

extension BidirectionalCollection<UInt8> {
    /// Without the spaces, tabs and line ends at both ends.
    var trimmedWhiteSpace: SubSequence {
        let isSpace = { (byte: UInt8) in byte == 0x20 || (0x09...0x0D).contains(byte) }
        guard let first = firstIndex(where: { !isSpace($0) }),
            let last = lastIndex(where: { !isSpace($0) })
        else { return self[endIndex...] }
        return self[first...last]
    }
}

extension String {
    /// Without the white space at both ends.
    var trimmed: String {
        String(decoding: Array(utf8).trimmedWhiteSpace, as: UTF8.self)
    }
}
