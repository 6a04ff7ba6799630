import FoundationEssentials
package import JouleFile
import JouleFormat
import JouleQuantities

/// One ledger that is stored in `Schemas/Vectors/`, made anew the same each time.
package struct Vector: Sendable {
    /// Its path below `Schemas/Vectors/`, without extension: named by feature.
    package let name: String
    /// What it holds, in one line.
    package let about: String
    /// The state that every reader must find, or the error.
    package let outcome: Outcome
    /// Whether frames of zstd are in it: then its bytes depend on the version of the library.
    package let isCompressed: Bool
    /// Writes the ledger, and the ring beside it if there is to be one.
    let write: @Sendable (VectorPath) throws -> Void

    /// What every reader must find.
    package enum Outcome: Sendable, Hashable {
        case clean
        case torn
        /// Kinds of the problems in their order, which readers tell apart.
        case damaged([Integrity.Problem.Kind])
        /// The file cannot be read, for that reason.
        case unreadable(String)
    }

    init(
        _ name: String,
        _ about: String,
        _ outcome: Outcome = .clean,
        isCompressed: Bool = false,
        write: @escaping @Sendable (VectorPath) throws -> Void
    ) {
        self.name = name
        self.about = about
        self.outcome = outcome
        self.isCompressed = isCompressed
        self.write = write
    }

    /// All of them, in the order in which they are listed.
    package static let all = good + bad

    /// Ledgers that are as writers leave them.
    package static let good: [Vector] = [
        shapes, empties, saidLater, segments, columns, codings, rows, rings, attachments, seals,
        packs,
    ].flatMap(\.self)

    /// Ledgers that something happened to.
    package static let bad: [Vector] = [
        files, tails, flips, orders, lies, bounds, payloads, frames, strangers, brokenSeals,
        brokenPacks, brokenAttachments, brokenSegments, saidWrong,
    ].flatMap(\.self)
}

/// Where a vector is to be written.
package struct VectorPath: Sendable {
    package let ledger: String
    let compression: Compression

    package var ring: String { ledger + ".ring" }

    /// The header of the ledger, always the same for one name.
    var header: FileHeader { Self.header(of: ledger.split(separator: "/").last.map(String.init)) }

    static func header(of name: String?) -> FileHeader {
        FileHeader(
            fileID: Array(Digest(of: Array((name ?? "").utf8)).bytes.prefix(16)),
            createdNS: VectorTime.startNS
        )
    }

    func write(_ bytes: [UInt8]) throws {
        try Data(bytes).write(to: URL(filePath: ledger))
    }
}

/// When vectors happen.
enum VectorTime {
    /// 2023-11-14 22:13:20 UTC.
    static let startNS: UInt64 = 1_700_000_000_000_000_000
}

extension Vector {
    /// The bytes of a vector and of its ring.
    package struct Files: Sendable, Hashable {
        package let ledger: [UInt8]
        package let ring: [UInt8]?

        package init(ledger: [UInt8], ring: [UInt8]?) {
            self.ledger = ledger
            self.ring = ring
        }
    }

    /// Makes the vector in an empty directory and gives its bytes.
    package func files(in directory: String) throws -> Files {
        let name = name.split(separator: "/").last.map(String.init) ?? name
        let path = VectorPath(
            ledger: "\(directory)/\(name).joule",
            compression: isCompressed ? .zstd : .none
        )
        defer {
            try? FileManager.default.removeItem(atPath: path.ledger)
            try? FileManager.default.removeItem(atPath: path.ring)
        }
        try write(path)
        return Files(
            ledger: try Self.bytes(path.ledger),
            ring: FileManager.default.fileExists(atPath: path.ring)
                ? try Self.bytes(path.ring) : nil
        )
    }

    package static func bytes(_ path: String) throws -> [UInt8] {
        try Array(Data(contentsOf: URL(filePath: path)))
    }
}

extension VectorPath {
    /// Adds bytes that no writer wrote.
    func append(_ bytes: [UInt8]) throws {
        try write(Vector.bytes(ledger) + bytes)
    }
}
