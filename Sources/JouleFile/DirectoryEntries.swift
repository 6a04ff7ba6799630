import Glibc

/// The names in a directory, in no order, at most `max`; none when it cannot be read.
package func directoryEntries(_ path: String, max: Int = .max) -> [String] {
    guard let directory = unsafe opendir(path) else { return [] }
    defer { unsafe closedir(directory) }
    var names: [String] = []
    while names.count < max, let entry = unsafe readdir(directory) {
        // SAFETY: the name is null-terminated and valid until the next call.
        let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { field in
            unsafe field.withMemoryRebound(to: CChar.self, capacity: 256) {
                unsafe String(cString: $0)
            }
        }
        names.append(name)
    }
    return names
}
