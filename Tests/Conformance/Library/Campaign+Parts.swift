import JouleFile
import JouleFormat

extension Verdict {
    /// Repeats, drops, moves and replaces parts of the ledger, and lays things behind its end.
    ///
    /// `other` is another ledger whose parts come in.
    package static func splices(
        of ledger: [UInt8],
        with other: [UInt8],
        _ name: String,
        in place: CasePlace
    ) throws -> Verdict {
        let truth = try Truth(ledger, in: place)
        var verdict = Verdict()
        let others = Pieces(other)
        let parts = truth.pieces.parts.indices
        func check(_ what: String, mayLose: Int, _ change: (inout Pieces) -> Void) throws {
            var pieces = truth.pieces
            change(&pieces)
            guard pieces.parts != truth.pieces.parts, !truth.isHarmless(pieces) else { return }
            let reading = try Reading(pieces.bytes, in: place)
            verdict.count(
                "\(name): \(what)",
                isDetected: !truth.isAsWhole(reading),
                isRight: truth.isRight(reading),
                lostBlocks: truth.lost(reading),
                mayLose: mayLose
            )
        }
        for part in parts {
            try check("part \(part) twice", mayLose: 0) {
                $0.parts.insert($0.parts[part], at: part)
            }
            try check("part \(part) once more at the end", mayLose: 0) {
                $0.parts.append($0.parts[part])
            }
            try check("without part \(part)", mayLose: 1) { $0.parts.remove(at: part) }
            try check("part \(part) as zeros", mayLose: 1) {
                $0.parts[part] = [UInt8](repeating: 0, count: $0.parts[part].count)
            }
            for target in parts where target > part {
                try check("part \(part) behind part \(target)", mayLose: 1) {
                    $0.parts.insert($0.parts[part], at: target + 1)
                    $0.parts.remove(at: part)
                }
                // What stands behind a block of a higher sequence is not read.
                try check("parts \(part) and \(target) swapped", mayLose: target - part) {
                    $0.parts.swapAt(part, target)
                }
            }
            for (number, foreign) in others.parts.enumerated().prefix(8) {
                try check("part \(number) of another ledger for part \(part)", mayLose: 1) {
                    $0.parts[part] = foreign
                }
                try check("part \(number) of another ledger before part \(part)", mayLose: 0) {
                    $0.parts.insert(foreign, at: part)
                }
            }
        }
        for size in [1, 7, 8, 63, 64, 65, 512, 4096] {
            try check("\(size) zeros behind the end", mayLose: 0) {
                $0.parts.append([UInt8](repeating: 0, count: size))
            }
            try check("\(size) bytes of garbage behind the end", mayLose: 0) {
                $0.parts.append((0..<size).map { UInt8(truncatingIfNeeded: $0 &* 151 &+ 7) })
            }
            try check("\(size) stale bytes behind the end", mayLose: 0) {
                $0.parts.append(Array(other.prefix(size)))
            }
        }
        return verdict
    }
}

extension Truth {
    /// Whether a writer could have left just that: the same blocks at the same places, with a trailer
    /// more, or fewer blocks of a ledger that was not closed.
    fileprivate func isHarmless(_ changed: Pieces) -> Bool {
        let isPrefix = pieces.parts.starts(with: changed.parts)
        if isPrefix, outcome == .torn { return true }
        var rest = changed.parts[...]
        while let last = rest.last, last == rest.dropLast().last, last[3] == UInt8(ascii: "T") {
            rest = rest.dropLast()
        }
        return rest.elementsEqual(pieces.parts) && rest.count < changed.parts.count
    }
}
