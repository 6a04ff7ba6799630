import Glibc
import JouleSystem

/// A small file of `/sys` or `/proc` that is read again and again.
///
/// The descriptor stays open, so that a reading is two system calls. A file that was deleted or
/// replaced is opened anew.
package final class KernelFile: Sendable {
    package let path: String
    private let descriptor: Lock<Int32>

    /// Opens on the first reading.
    package init(_ path: String) {
        self.path = path
        descriptor = Lock(-1)
    }

    deinit {
        descriptor.withLock { if $0 >= 0 { _ = close($0) } }
    }

    /// The content, at most `sizeBytesMax` bytes of it.
    package func read(sizeBytesMax: Int = 256) throws(MeterError) -> [UInt8] {
        try descriptor.withLock { (file: inout Int32) throws(MeterError) -> [UInt8] in
            if file < 0 || Self.isDeleted(file) { try reopen(&file) }
            do throws(MeterError) {
                return try Self.content(of: file, sizeBytesMax, path)
            } catch {
                // A sysfs node of a reloaded driver fails for ever on the old descriptor.
                _ = close(file)
                file = -1
                throw error
            }
        }
    }

    /// The content as one unsigned number, spaces and line ends around it ignored.
    package func number() throws(MeterError) -> UInt64 {
        let bytes = try read()
        guard let value = Self.number(in: bytes) else {
            let shown = String(decoding: bytes.prefix(40), as: UTF8.self)
            throw .malformed(path: path, content: shown.trimmed)
        }
        return value
    }

    /// Nil when `bytes` hold anything but digits and white space, or overflow 64 bits.
    static func number(in bytes: [UInt8]) -> UInt64? {
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

    private func reopen(_ file: inout Int32) throws(MeterError) {
        if file >= 0 { _ = close(file) }
        file = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard file >= 0 else { throw .unreadable(path: path, code: errno) }
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
            while count < sizeBytesMax {
                // SAFETY: the rebased part lies inside the buffer, and count never exceeds it.
                let rest = unsafe UnsafeMutableRawBufferPointer(
                    rebasing: UnsafeMutableRawBufferPointer(buffer)[count...]
                )
                let got = unsafe pread(file, rest.baseAddress, rest.count, off_t(count))
                if got < 0 && errno == EINTR { continue }
                if got < 0 { code = errno }
                guard got > 0 else { return }
                count += got
                // A short value is whole after one call; only long files need another.
                if got < rest.count && sizeBytesMax <= 256 { return }
            }
        }
        guard code == 0 else { throw .unreadable(path: path, code: code) }
        return bytes
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
