import Glibc
import JouleFile

/// What is left of a ledger of steps that was cut off or changed.
struct DamageTrial {
    private let ledger: WrittenLedger
    private let bytes: [UInt8]
    private let steps: [StepRecord]
    private let path: String
    private var random = Random(state: 20_260_101)

    private static let cuts = 20
    private static let flips = 300

    init(_ ledger: WrittenLedger) throws {
        self.ledger = ledger
        bytes = try ledger.bytes
        steps = try Ledger.steps(reading: ledger.path)
        path = ledger.path + ".damaged.joule"
    }

    /// Shares of the rows that come back whole after a cut and after a flipped bit, and how many
    /// flips nothing reports.
    mutating func measured() throws -> String {
        var afterCuts = 0.0
        for _ in 0..<Self.cuts {
            let end = Int(random.next() % UInt64(bytes.count))
            afterCuts += try trial(Array(bytes[..<end])).share
        }
        var afterFlips = 0.0
        var silent = 0
        for _ in 0..<Self.flips {
            var spoilt = bytes
            spoilt[Int(random.next() % UInt64(bytes.count))] ^= 1 << UInt8(random.next() % 8)
            let (share, isReported) = try trial(spoilt)
            afterFlips += share
            if !isReported { silent += 1 }
        }
        let cutShare = afterCuts / Double(Self.cuts)
        let flipShare = afterFlips / Double(Self.flips)
        return "damage \(cutShare) \(flipShare) \(silent) \(Self.flips)"
    }

    private func trial(_ spoilt: [UInt8]) throws -> (share: Double, isReported: Bool) {
        try RawTable.write(spoilt, to: path)
        defer { unsafe unlink(path) }
        guard let state = (try? Ledger(reading: path, verifies: true))?.integrity.state,
            let left = try? Ledger.steps(reading: path)
        else { return (0, true) }
        let known = Set(left)
        let kept = steps.count { known.contains($0) }
        // A row that was never logged is worse than none.
        let isTrue = left.count == kept
        return (isTrue ? Double(kept) / Double(steps.count) : 0, state != .clean)
    }
}

/// A small generator, so that every run damages the same places.
private struct Random {
    var state: UInt64

    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return state >> 11
    }
}
