import Glibc

extension SystemRoots {
    /// The content of a small text file without white space around it; nil when it cannot be read
    /// or is empty.
    func text(_ absolute: String, sizeBytesMax: Int = 4096) -> String? {
        let text = String(decoding: bytes(absolute, sizeBytesMax: sizeBytesMax), as: UTF8.self)
            .trimmed
        return text.isEmpty ? nil : text
    }

    /// Calls `body` with each line `NAME: VALUE` of a file, without white space around either.
    func forEachField(
        of absolute: String,
        sizeBytesMax: Int,
        _ body: (KernelField, KernelField) -> Void
    ) {
        for line in bytes(absolute, sizeBytesMax: sizeBytesMax).split(separator: UInt8(ascii: "\n"))
        {
            guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { continue }
            body(KernelField(line[..<colon]), KernelField(line[(colon + 1)...]))
        }
    }

    /// The value of the line `NAME: VALUE` of a file; nil when it has none.
    func field(_ name: String, of absolute: String) -> String? {
        var found: String?
        forEachField(of: absolute, sizeBytesMax: 65_536) { field, value in
            if found == nil, field == name { found = value.text }
        }
        return found
    }

    /// The content of a file; nothing when it cannot be read.
    func bytes(_ absolute: String, sizeBytesMax: Int) -> [UInt8] {
        let file = KernelFile(path(absolute))
        let content = try? patiently { () throws(MeterError) in
            try file.read(sizeBytesMax: sizeBytesMax)
        }
        return content ?? []
    }

    /// The content of a file that holds one unsigned number.
    func number(_ absolute: String) -> UInt64? {
        let file = KernelFile(path(absolute))
        return try? patiently { () throws(MeterError) in try file.number() }
    }

    /// Names in a directory, sorted, at most 65,536 of them; empty when it cannot be read.
    func names(in absolute: String) -> [String] {
        guard let directory = unsafe opendir(path(absolute)) else { return [] }
        defer { unsafe closedir(directory) }
        var names: [String] = []
        while names.count < 65_536, let entry = unsafe readdir(directory) {
            let name = unsafe withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    /// Whether a path exists, readable or not.
    func exists(_ absolute: String) -> Bool { unsafe access(path(absolute), F_OK) == 0 }

    /// The number of a file or directory in its file system; nil when it is not there.
    func inode(_ absolute: String) -> UInt64? {
        var status = stat()
        return unsafe stat(path(absolute), &status) == 0 ? UInt64(status.st_ino) : nil
    }

    /// Names this boot of the machine; nil when the kernel does not say.
    package var bootID: String? { text("/proc/sys/kernel/random/boot_id") }
}

/// A name or a value in a file of the kernel, no text yet: of hundreds of processors few are of interest.
struct KernelField {
    private let bytes: ArraySlice<UInt8>

    init(_ bytes: ArraySlice<UInt8>) { self.bytes = bytes.trimmedWhiteSpace }

    var text: String { text(sizeBytesMax: bytes.count) }

    func text(sizeBytesMax: Int) -> String {
        String(decoding: bytes.prefix(sizeBytesMax), as: UTF8.self)
    }

    static func == (field: KernelField, name: String) -> Bool {
        field.bytes.elementsEqual(name.utf8)
    }
}

/// Reads once more, and yet once more, what is there and may be read and fails all the same.
///
/// A driver that is busy fails now and then. While a run is measured that costs one reading, but a
/// machine is looked at only once.
func patiently<Value>(_ read: () throws(MeterError) -> Value) throws(MeterError) -> Value {
    for _ in 0..<2 {
        do throws(MeterError) {
            return try read()
        } catch {
            if case .unreadable(_, let code) = error,
                [ENOENT, ESRCH, EACCES, EPERM].contains(code)
            {
                throw error
            }
        }
    }
    return try read()
}
