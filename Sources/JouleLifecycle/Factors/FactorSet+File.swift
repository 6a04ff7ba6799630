import FoundationEssentials
import Glibc
import JouleFile

extension FactorSet {
    /// A factor file may be this large; the shipped set takes 66 kB.
    package static let fileSizeBytesMax = 16 << 20

    /// Reads a user's factor file (`--factors`).
    ///
    /// The set is named after the file, and its version is the beginning of the hash of its content.
    package init(reading path: String) throws(LifecycleError) {
        var facts = stat()
        guard unsafe stat(path, &facts) == 0 else {
            // SAFETY: strerror returns a string that ends, and that is copied at once.
            throw .unreadable(path: path, reason: unsafe String(cString: strerror(errno)))
        }
        guard facts.st_mode & S_IFMT == S_IFREG else {
            throw .unreadable(path: path, reason: "not a file; a CSV of factors is expected")
        }
        guard facts.st_size <= Self.fileSizeBytesMax else {
            throw .unreadable(path: path, reason: "larger than \(Self.fileSizeBytesMax) bytes")
        }
        guard let data = FileManager.default.contents(atPath: path) else {
            throw .unreadable(path: path, reason: "cannot be read")
        }
        guard let text = String(validating: data, as: UTF8.self) else {
            throw .unreadable(path: path, reason: "not UTF-8 text; a CSV of factors is expected")
        }
        try self.init(
            csv: text,
            name: path.split(separator: "/").last.map(String.init) ?? path,
            version: String(ContentHash.sha256Hex(text).prefix(12)),
            path: path
        )
    }
}
