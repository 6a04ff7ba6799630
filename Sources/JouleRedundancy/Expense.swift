import JouleFile
import JouleQuantities
import JouleSystem

/// What an execution cost, and what it is counted under.
struct Expense {
    let cost: RunCost
    /// The day on which it started, counted from 1970; the least number where that is not known.
    let day: Int32
    let setting: Int32
    /// Its place among all runs by name.
    let nameRank: Int32
    let origin: ObjectIdentifier
    /// Joules that it could have been spared, by equal results or inputs, as far as that is known.
    var avoidableJoules = 0.0

    private init(_ run: AuditedRun) {
        cost = run.cost
        day = run.execution.started?.day ?? .min
        setting = run.setting.number
        origin = ObjectIdentifier(run.origin)
        nameRank = run.nameRank
    }

    private static let stretch = 4096

    /// Calls `body` with those of all executions in the order of their names, a few thousand at a time:
    /// a million of them is more than is worth holding.
    static func forEachPart(
        of copies: RecordCopies,
        on workers: Workers,
        _ body: (inout [Expense]) -> Void
    ) {
        let places = copies.distinct
        var start = 0
        while start < places.count {
            let left = (places.count - start + Self.stretch - 1) / Self.stretch
            let parts = workers.map(min(left, 8 * workers.count)) { [start] number -> [Expense] in
                let first = start + number * Self.stretch
                return places[first..<min(first + Self.stretch, places.count)].compactMap { place in
                    let run = copies.merged[Int(place)]
                    return run.isCopy ? nil : Expense(run)
                }
            }
            var all = parts.flatMap(\.self)
            body(&all)
            start += parts.count * Self.stretch
        }
    }
}

extension WallTime {
    /// Days since 1970.
    fileprivate var day: Int32 {
        Int32(clamping: unixNanoseconds.floorDivided(by: 86_400_000_000_000))
    }
}
