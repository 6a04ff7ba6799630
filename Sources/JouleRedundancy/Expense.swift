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

    /// Of all executions, in the order of their names.
    static func all(_ copies: RecordCopies, on workers: Workers) -> [Expense] {
        let places = copies.distinct
        var all: [Expense] = []
        all.reserveCapacity(places.count)
        var start = 0
        while start < places.count {
            // A few stretches at a time: a million of these is as much as is worth holding once.
            let left = (places.count - start + Self.stretch - 1) / Self.stretch
            let parts = workers.map(min(left, 4 * workers.count)) { [start] number -> [Expense] in
                let first = start + number * Self.stretch
                return places[first..<min(first + Self.stretch, places.count)].compactMap { place in
                    let run = copies.merged[Int(place)]
                    return run.isCopy ? nil : Expense(run)
                }
            }
            for part in parts { all += part }
            start += parts.count * Self.stretch
        }
        return all
    }
}

extension WallTime {
    /// Days since 1970.
    fileprivate var day: Int32 {
        Int32(clamping: unixNanoseconds.floorDivided(by: 86_400_000_000_000))
    }
}
