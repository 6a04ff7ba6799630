import JouleFile
import JouleFormat

extension Verdict {
    /// Cuts the ledger at every byte.
    ///
    /// A cut behind a trailer or, of a ledger that was never closed, between two blocks leaves what a
    /// writer left at that time: no reader can know that there was more. Every other cut must leave a
    /// tail, and every cut all that lies whole before it.
    package static func truncations(of ledger: [UInt8], _ name: String, in place: CasePlace) throws
        -> Verdict
    {
        let truth = try Truth(ledger, in: place)
        var verdict = Verdict()
        let ends = truth.pieces.parts.indices.map { truth.pieces.offset(of: $0 + 1) }
        for size in 0..<ledger.count {
            let reading = try Reading(Array(ledger.prefix(size)), in: place)
            let whole = truth.pieces.parts.indices.count {
                ends[$0] <= size && !truth.pieces.isTrailer($0)
            }
            let last = ends.last { $0 <= size } ?? Layout.fileHeaderSize
            let isCutInside = last != size
            let isSaid: Bool
            switch reading.outcome {
            case .unreadable: isSaid = size < Layout.fileHeaderSize
            case .clean: isSaid = truth.closes.contains(size)
            case .torn:
                isSaid =
                    reading.hasTail == isCutInside
                    && (!isCutInside || reading.tailStart == UInt64(last))
            case .damaged: isSaid = false
            }
            verdict.count(
                "\(name) cut at \(size)",
                isDetected: isSaid,
                isRight: truth.isRight(reading),
                lostBlocks: max(0, whole - reading.blocks.count),
                mayLose: size < Layout.fileHeaderSize ? whole : 0
            )
        }
        return verdict
    }

    /// Flips every bit from `first` on, every `step`th.
    ///
    /// A flip must be told, by damage, a tail or a refusal, and take no block but the one that it hits;
    /// one in the file header makes the file unreadable.
    package static func flips(
        of ledger: [UInt8],
        _ name: String,
        in place: CasePlace,
        from first: Int = 0,
        step: Int = 1
    ) throws -> Verdict {
        let truth = try Truth(ledger, in: place)
        var verdict = Verdict()
        var bytes = ledger
        for bit in stride(from: first, to: ledger.count * 8, by: step) {
            bytes[bit / 8] ^= 1 << UInt8(bit % 8)
            let reading = try Reading(bytes, in: place)
            bytes[bit / 8] ^= 1 << UInt8(bit % 8)
            let isInHeader = bit / 8 < Layout.fileHeaderSize
            verdict.count(
                "\(name) bit \(bit)",
                isDetected: !truth.isAsWhole(reading),
                isRight: truth.isRight(reading),
                lostBlocks: truth.lost(reading),
                mayLose: isInHeader ? truth.leaves.count : 1
            )
        }
        return verdict
    }
}
