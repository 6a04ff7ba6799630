import Glibc

/// The first `sizeBytesMax` bytes of a file; nil when it cannot be read.
package func fileContent(_ path: String, sizeBytesMax: Int) -> [UInt8]? {
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var content: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: min(64 << 10, max(1, sizeBytesMax)))
    while content.count < sizeBytesMax {
        let count = unsafe read(descriptor, &chunk, min(chunk.count, sizeBytesMax - content.count))
        if count < 0, errno == EINTR { continue }
        guard count >= 0 else { return nil }
        guard count > 0 else { break }
        content.append(contentsOf: chunk[..<count])
    }
    return content
}

/// The same as text; nil when it cannot be read or is not UTF-8.
func fileText(_ path: String, sizeBytesMax: Int) -> String? {
    fileContent(path, sizeBytesMax: sizeBytesMax).flatMap { String(validating: $0, as: UTF8.self) }
}

/// Tells one content of a regular file from another without reading it.
struct FileVersion: Equatable, Sendable {
    let size: Int
    private let inode: UInt64
    private let changedNS: Int64

    /// Nil for everything but a regular file.
    init?(of path: String) {
        var facts = stat()
        guard unsafe stat(path, &facts) == 0, facts.st_mode & S_IFMT == S_IFREG else { return nil }
        size = Int(facts.st_size)
        inode = UInt64(facts.st_ino)
        changedNS = Int64(facts.st_mtim.tv_sec) &* 1_000_000_000 &+ Int64(facts.st_mtim.tv_nsec)
    }
}

func pathExists(_ path: String) -> Bool {
    unsafe access(path, F_OK) == 0
}

/// Where a symbolic link points, as bytes; empty when it cannot be read.
func linkTarget(_ path: String) -> [UInt8] {
    var target = [CChar](repeating: 0, count: Int(PATH_MAX))
    let count = unsafe readlink(path, &target, target.count)
    return target.prefix(max(0, count)).map { UInt8(bitPattern: $0) }
}

/// An absolute path without links; what does not exist yet hangs below what does.
package func resolvedPath(_ path: String) -> String {
    var rest: [Substring] = []
    var known = Substring(path.isEmpty ? "." : path)
    while true {
        if let resolved = realPath(String(known)) {
            return rest.isEmpty
                ? resolved : (resolved == "/" ? "" : resolved) + "/" + rest.joined(separator: "/")
        }
        while known.count > 1, known.hasSuffix("/") { known.removeLast() }
        guard let slash = known.lastIndex(of: "/") else {
            rest.insert(known, at: 0)
            known = "."
            continue
        }
        guard known.count > 1 else { return path }
        rest.insert(known[known.index(after: slash)...], at: 0)
        known = slash == known.startIndex ? "/" : known[..<slash]
    }
}

private func realPath(_ path: String) -> String? {
    guard let resolved = unsafe realpath(path, nil) else { return nil }
    // SAFETY: `realpath` returned a null-terminated string of its own, freed once here.
    defer { unsafe free(resolved) }
    return unsafe String(cString: resolved)
}

/// The part of a path before its last slash; "." without one.
func parentPath(_ path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
}

/// Lower-case hexadecimal digits.
package func hex(_ bytes: some Sequence<UInt8>) -> String {
    let digits = Array("0123456789abcdef".utf8)
    var text: [UInt8] = []
    for byte in bytes {
        text.append(digits[Int(byte >> 4)])
        text.append(digits[Int(byte & 0x0F)])
    }
    return String(decoding: text, as: UTF8.self)
}
