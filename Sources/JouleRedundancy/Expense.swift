import JouleFile
import JouleQuantities

/// What an execution cost, and what it is counted under.
struct Expense {
    let cost: RunCost
    /// The day on which it started, counted from 1970; the least number where that is not known.
    let day: Int64
    let setting: Int32
    let origin: ObjectIdentifier
    /// Joules that it could have been spared, by equal results or inputs, as far as that is known.
    var avoidableJoules = 0.0
    /// Its place among all runs by name.
    let nameRank: Int32

    init(_ run: AuditedRun) {
        cost = run.cost
        day = run.execution.started?.day ?? .min
        setting = run.setting.number
        origin = ObjectIdentifier(run.origin)
        nameRank = run.nameRank
    }
}

extension WallTime {
    /// Days since 1970.
    fileprivate var day: Int64 { unixNanoseconds.floorDivided(by: 86_400_000_000_000) }
}
