import Glibc
package import JouleQuantities

/// A ledger file that one of several readers reads, or a part of the members of a pack.
package struct LedgerPortion: Sendable, Hashable {
    package let path: String
    /// What is told of it as its path, where who asks has the file elsewhere.
    package var pathTold: String?
    /// Its place among all files of the directory.
    package let number: Int
    /// Of a pack, every member whose place leaves `part` when divided by `parts`; of any other file the
    /// first part is all of it.
    package let part: Int
    package let parts: Int
}

/// How the ledgers at a path are divided among readers that know nothing of each other.
package struct LedgerShares: Sendable {
    /// What each reads, in the order of the files.
    package let shares: [[LedgerPortion]]

    /// So many bytes are read in the time that it takes to open a ledger.
    private static let openingBytes: UInt64 = 16 << 10
    /// A reader that begins is worth so much unless less is asked for.
    private static let worthwhileBytes: UInt64 = 1 << 20
    private static let partsMax: UInt64 = 4096

    /// Looks at names and sizes alone.
    ///
    /// `readers` that work beside each other have about the same each, `bytesMax` at most at a time.
    /// Throws when `path` is not there or, being a file, is no ledger.
    package init(of path: String, readers: UInt64, bytesMax: UInt64) throws(LedgerError) {
        let files: [String]
        if LedgerDirectory.isDirectory(path) {
            files = SegmentChain.withoutContinued(try LedgerDirectory.ledgers(below: path))
        } else {
            _ = try BlockScanner.header(of: try LedgerSource(path))
            files = [path]
        }
        let sizes = files.map { Self.size(of: $0) + Self.openingBytes }
        let all = sizes.reduce(0, &+)
        let each = max(1, min(bytesMax, max(Self.worthwhileBytes, all / max(1, readers) + 1)))
        var shares: [[LedgerPortion]] = []
        var taken = each
        for (number, (path, size)) in zip(files, sizes).enumerated() {
            let parts = min(Self.partsMax, (size - 1) / each + 1)
            for part in 0..<parts {
                // As near to it as whole portions come.
                if taken + size / parts / 2 > each {
                    shares.append([])
                    taken = 0
                }
                let (part, parts) = (Int(part), Int(parts))
                shares[shares.count - 1].append(
                    LedgerPortion(path: path, number: number, part: part, parts: parts)
                )
                taken += size / UInt64(parts)
            }
        }
        self.shares = shares
    }

    private static func size(of path: String) -> UInt64 {
        var status = stat()
        return unsafe stat(path, &status) == 0 ? UInt64(clamping: status.st_size) : 0
    }
}

// MARK: As JSON

extension LedgerShares {
    /// A list of lists, of which each is what one reader takes.
    package var json: JSON { .array(shares.map { .array($0.map(\.json)) }) }
}

extension LedgerPortion {
    fileprivate var json: JSON {
        [
            "path": .string(path), "number": .integer(Int64(number)),
            "part": .integer(Int64(part)), "parts": .integer(Int64(parts)),
        ]
    }

    /// Nil for what is no portion of `LedgerShares`.
    package init?(json: JSON) {
        guard let path = json["path"]?.string, let number = Self.whole(json["number"]),
            let part = Self.whole(json["part"]), let parts = Self.whole(json["parts"]), parts > 0
        else { return nil }
        let told = json["path_told"]?.string
        self.init(path: path, pathTold: told, number: number, part: part, parts: parts)
    }

    private static func whole(_ json: JSON?) -> Int? {
        json?.integer.flatMap { (0...Int64(UInt32.max)).contains($0) ? Int($0) : nil }
    }
}
