import Glibc

extension SystemRoots {
    /// The content of a small text file without white space around it; nil when it cannot be read
    /// or is empty.
    func text(_ absolute: String, sizeBytesMax: Int = 4096) -> String? {
        let file = KernelFile(path(absolute))
        let content = try? patiently { () throws(MeterError) in
            try file.read(sizeBytesMax: sizeBytesMax)
        }
        guard let bytes = content else { return nil }
        let text = String(decoding: bytes, as: UTF8.self).trimmed
        return text.isEmpty ? nil : text
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
