import JouleFile
import JouleQuantities

/// The course of one run of a tracker: what it logged by steps, and what that makes of the record.
///
/// Everything is kept as steps. Where rows name an epoch, each epoch also has the last value of each
/// metric in it, and the run's final metrics are the last ones of all.
struct TrackedHistory {
    private(set) var steps = LoggedSteps()

    private static let namesMax = LedgerImport.metricsMax
    private static let nameSizeMax = 1024
    private static let pointsMax = 1 << 24
    private static let epochsMax = 1 << 17
    /// Metrics whose value is the epoch of the row that they stand in.
    private static let epochNames: Set<String> = ["epoch", "train/epoch", "trainer/epoch"]

    var isEmpty: Bool { steps.points.isEmpty }

    /// Takes a value; returns why it cannot be taken, or nil.
    mutating func add(_ name: String, _ value: Double, step: Int64, timeNS: Int64?) -> String? {
        if !steps.has(name) {
            guard (1...Self.nameSizeMax).contains(name.utf8.count) else {
                return "the name of a metric has no bytes, or more than \(Self.nameSizeMax)"
            }
            guard steps.names.count < Self.namesMax else {
                return "more than \(Self.namesMax) metrics of one run"
            }
        }
        guard steps.points.count < Self.pointsMax else {
            return "more than \(Self.pointsMax) values of one run"
        }
        guard timeNS.map(Self.isKept) ?? true else {
            return "metric \(name): its time is not between the years 1678 and 2262"
        }
        steps.add(name, value, step: step, timeNS: timeNS)
        return nil
    }

    /// Nil unless a record can say the date, which a tracker gives in milliseconds since 1970.
    static func date(unixMilliseconds: Int64) -> WallTime? {
        let (time, overflows) = unixMilliseconds.multipliedReportingOverflow(by: 1_000_000)
        return !overflows && isKept(time) ? WallTime(unixNanoseconds: time) : nil
    }

    /// Whether a time survives as the seconds that a record says.
    private static func isKept(_ timeNS: Int64) -> Bool {
        WallTime(unixSeconds: WallTime(unixNanoseconds: timeNS).unixSeconds) != nil
    }

    mutating func sortByTime() { steps.sortByTime() }

    /// Writes steps, epochs, final metrics, and where it does not say them the run's times.
    ///
    /// `epochPrefix` begins the names of metrics whose step is the number of an epoch.
    func complete(_ run: inout RunRecord, epochPrefix: String? = nil) {
        guard !isEmpty else { return }
        run.loggedSteps = steps
        let times = steps.points.lazy.compactMap(\.timeNS)
        if run.started == nil { run.started = times.min().map(WallTime.init(unixNanoseconds:)) }
        if run.ended == nil, run.status != .running {
            run.ended = times.max().map(WallTime.init(unixNanoseconds:))
        }
        if run.durationSeconds == nil, let started = run.started, let ended = run.ended {
            let seconds = ended.unixSeconds - started.unixSeconds
            if seconds >= 0 { run.durationSeconds = seconds }
        }
        if run.metrics == nil { run.metrics = finalMetrics }
        run.epochs = epochs(after: run.started, prefix: epochPrefix)
    }

    private var finalMetrics: JSONObject {
        var last: [UInt16: Double] = [:]
        for point in steps.points { last[point.metric] = point.value }
        return JSONObject(
            uniqueMembers: steps.names.indices.compactMap { place in
                last[UInt16(place)].map { .init(name: steps.names[place], value: .double($0)) }
            }
        )
    }

    /// Neighbouring rows of one epoch are one; more than so many epochs are none.
    private func epochs(after started: WallTime?, prefix: String?) -> [EpochRecord] {
        var course = EpochCourse(steps.names, named: Self.epochNames, prefix: prefix, started)
        guard course.isThere else { return [] }
        steps.neighboursOfOneStep(andOf: course.numbers) { points in
            if course.epochs.count <= Self.epochsMax { course.take(points) }
        }
        return course.epochs.count > Self.epochsMax ? [] : course.epochs
    }
}

/// Makes epochs of rows that name theirs.
private struct EpochCourse {
    private(set) var epochs: [EpochRecord] = []

    private let names: [String]
    /// Places of the metrics that are the number of an epoch.
    let numbers: Set<UInt16>
    /// Places of those whose step is one.
    private let ofEpochs: Set<UInt16>
    /// Of the last epoch, where its metrics are.
    private var places: [UInt16: Int] = [:]
    private var startNS: Int64?
    private var endNS: Int64?

    init(_ names: [String], named: Set<String>, prefix: String?, _ started: WallTime?) {
        self.names = names
        func places(_ isWanted: (String) -> Bool) -> Set<UInt16> {
            Set(names.indices.filter { isWanted(names[$0]) }.map { UInt16($0) })
        }
        numbers = places(named.contains)
        ofEpochs =
            numbers.isEmpty ? places { name in prefix.map(name.hasPrefix) ?? false } : []
        startNS = started?.unixNanoseconds
        endNS = startNS
    }

    var isThere: Bool { !numbers.isEmpty || !ofEpochs.isEmpty }

    /// Takes neighbouring points of one step and one epoch.
    mutating func take(_ points: ArraySlice<LoggedSteps.Point>) {
        let told = points.last { numbers.contains($0.metric) }?.value
        let isOfEpochs = points.contains { ofEpochs.contains($0.metric) }
        guard let first = points.first,
            let exact = told ?? (isOfEpochs ? Double(first.step) : nil),
            -0x1p31...0x1p53 ~= exact
        else { return }
        // A part of an epoch, such as 0.25, is in the first one.
        let number = Int(exact.rounded(.up))
        if epochs.last?.number != number { begin(number) }
        let place = epochs.count - 1
        for point in points where !numbers.contains(point.metric) {
            guard ofEpochs.isEmpty || ofEpochs.contains(point.metric) else { continue }
            let metric = Metric(name: names[Int(point.metric)], value: point.value)
            if let known = places[point.metric] {
                epochs[place].metrics[known] = metric
            } else {
                places[point.metric] = epochs[place].metrics.count
                epochs[place].metrics.append(metric)
            }
        }
        guard let latest = points.lazy.compactMap(\.timeNS).max() else { return }
        endNS = max(endNS ?? latest, latest)
        if let startNS, let endNS {
            epochs[place].started = WallTime(unixNanoseconds: startNS)
            let (length, overflows) = endNS.subtractingReportingOverflow(startNS)
            if !overflows { epochs[place].durationSeconds = Double(length) / 1e9 }
        }
    }

    private mutating func begin(_ number: Int) {
        epochs.append(EpochRecord(number: number))
        places = [:]
        startNS = endNS
    }
}

extension LoggedSteps {
    /// Gives neighbouring rows of one step, whenever in it they were logged; a row in which one of
    /// `numbers` has another value than before begins anew.
    fileprivate func neighboursOfOneStep(
        andOf numbers: Set<UInt16>,
        _ body: (ArraySlice<Point>) -> Void
    ) {
        var start = 0
        var number: Double?
        rows { row in
            let told = row.last { numbers.contains($0.metric) }?.value
            let changes = told != nil && number != nil && told != number
            if changes || points[row.startIndex].step != points[start].step {
                body(points[start..<row.startIndex])
                start = row.startIndex
                number = nil
            }
            number = told ?? number
        }
        if start < points.count { body(points[start...]) }
    }
}
