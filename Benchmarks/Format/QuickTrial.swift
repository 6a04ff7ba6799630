import Glibc
import JouleFile

/// How long the two things take that nobody wants to wait for: what a closed ledger of steps holds, and
/// going on with a torn one.
struct QuickTrial {
    private let path: String

    private static let rounds = 25
    /// Where the ledger is cut, in parts of its size.
    private static let cut = 0.9

    init(_ ledger: WrittenLedger) {
        path = ledger.path
    }

    /// Median seconds on the wall for the totals of every column, and for opening after a cut.
    func measured() throws -> String {
        let summary = try Self.median { () throws in
            guard try Ledger.summary(of: path) != nil else { throw BenchmarkError.badInput(path) }
        }
        let bytes = try RawTable.bytes(of: path)
        let torn = path + ".torn.joule"
        defer { unsafe unlink(torn) }
        var times: [Double] = []
        for _ in 0..<Self.rounds {
            try RawTable.write(Array(bytes.prefix(Int(Self.cut * Double(bytes.count)))), to: torn)
            let start = Self.now()
            _ = try ReopenedLedger.opening(torn)
            times.append(Self.now() - start)
        }
        return "quick \(summary) \(times.sorted()[Self.rounds / 2])"
    }

    private static func median(_ body: () throws -> Void) rethrows -> Double {
        var times: [Double] = []
        for _ in 0..<rounds {
            let start = now()
            try body()
            times.append(now() - start)
        }
        return times.sorted()[rounds / 2]
    }

    private static func now() -> Double {
        var time = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
