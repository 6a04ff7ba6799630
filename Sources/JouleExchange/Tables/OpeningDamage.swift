import JouleFile
import JouleQuantities

/// The files in which something was wrong when ledgers were opened, which whoever reads them tells.
struct OpeningDamage {
    /// Where it was in the file; nowhere of a pack, whose members have offsets of their own.
    private var offsets: [String: [UInt64]] = [:]

    mutating func add(_ ledger: LedgerQuery, at place: LedgerPlace) {
        guard !ledger.problems.isEmpty else { return }
        let found = place.isFile ? ledger.problems.map(\.offset) : []
        offsets[place.origin.path, default: []] += found
    }

    var json: JSON {
        .array(
            offsets.sorted { $0.key < $1.key }.map { path, offsets in
                let offsets = offsets.map { JSON.integer(Int64(clamping: $0)) }
                return ["path": .string(path), "offsets": .array(offsets)]
            }
        )
    }
}
