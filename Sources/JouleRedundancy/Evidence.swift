import JouleQuantities

/// Earlier runs of the same work, in a form that answers in constant time however many they are.
struct Evidence {
    private var earliestFinished: AuditedRun?
    private var finishedByCurve: [CurveMark: [AuditedRun]] = [:]
    /// The run that goes on longest; one that still runs goes on for ever.
    private var longest: AuditedRun?
    /// A finished run whose place in time is not known.
    private var undated: AuditedRun?
    private var undatedByCurve: [CurveMark: AuditedRun] = [:]
    private var failures: [AuditedRun] = []
    /// Only this many of the latest failures are looked at, which bounds the time of a crash loop.
    private static let failuresMax = 64
    private(set) var latest: AuditedRun?

    /// Runs come in the order of their starts, those without a start last.
    mutating func add(_ run: AuditedRun) {
        latest = run
        switch run.status {
        case .running: longest = longest.map { Self.longer($0, run) } ?? run
        case .failed, .killed: failures.append(run)
        case .finished: addFinished(run)
        }
    }

    private mutating func addFinished(_ run: AuditedRun) {
        guard run.execution.started != nil, let end = run.execution.ended else {
            undated = undated ?? run
            if let curve = run.curve { undatedByCurve[curve] = undatedByCurve[curve] ?? run }
            return
        }
        let isEarliest = earliestFinished?.execution.ended.map { end < $0 } ?? true
        if isEarliest { earliestFinished = run }
        longest = longest.map { Self.longer($0, run) } ?? run
        // Three are enough to find the earliest of two that were finished.
        if let curve = run.curve, finishedByCurve[curve, default: []].count < 3 {
            finishedByCurve[curve, default: []].append(run)
        }
    }

    private static func longer(_ left: AuditedRun, _ right: AuditedRun) -> AuditedRun {
        guard let a = left.execution.ended else { return left }
        guard let b = right.execution.ended else { return right }
        return b > a ? right : left
    }

    /// A run that had finished when `run` started; one with the same results if there is one.
    func finished(before run: AuditedRun, bound: CoincidenceBound) -> AuditedRun? {
        guard let start = run.execution.started else { return nil }
        func precedes(_ other: AuditedRun) -> Bool {
            other.execution.ended.map { $0 <= start } ?? false
        }
        if let curve = run.curve, let same = finishedByCurve[curve]?.first(where: precedes),
            bound.proves(run, same)
        {
            return same
        }
        return earliestFinished.flatMap { precedes($0) ? $0 : nil }
    }

    /// How many runs with the results of `twin` had finished when `run` started, up to three.
    func finishedCount(before run: AuditedRun, like twin: AuditedRun) -> Int {
        guard let start = run.execution.started, let curve = twin.curve else { return 0 }
        return finishedByCurve[curve, default: []].count { other in
            other.execution.ended.map { $0 <= start } ?? false
        }
    }

    /// A finished run that cannot be ordered against `run`, because a date of either is missing.
    func unordered(with run: AuditedRun) -> AuditedRun? {
        if let same = run.curve.flatMap({ undatedByCurve[$0] }) { return same }
        guard run.execution.started == nil else { return undated }
        return run.curve.flatMap { finishedByCurve[$0]?.first } ?? undated ?? earliestFinished
    }

    /// A run that started no later and had not ended when `run` started.
    func stillGoing(at run: AuditedRun) -> AuditedRun? {
        guard let start = run.execution.started, let longest, longest.execution.started != nil
        else { return nil }
        guard let end = longest.execution.ended else { return longest }
        return end > start ? longest : nil
    }

    /// The latest failed run before `run` that no other run made up for.
    func unfinished(before run: AuditedRun, except done: Set<RunID>) -> AuditedRun? {
        guard let start = run.execution.started else { return nil }
        return failures.suffix(Self.failuresMax).last { failure in
            guard let began = failure.execution.started else { return false }
            return (failure.execution.ended ?? began) <= start && !done.contains(failure.id)
        }
    }
}
