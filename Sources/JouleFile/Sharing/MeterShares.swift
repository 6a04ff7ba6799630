/// Divides the energy of one meter, piece by piece, among the runs that read it.
///
/// Work grows with the number of edges, however many runs read at once: what a run has of a piece is
/// the same for all, so that a run's sum is the difference of two running sums.
struct MeterShares {
    /// What one run has of a meter.
    struct Share {
        var joules = 0.0
        /// Joules that it may have too much or too little, because of how the meter was divided.
        var error = 0.0
        /// Time in which others read the meter as well.
        var dividedNS = 0.0
        /// Time that runs logged within it have.
        var enclosedNS = 0.0
        /// Places of the first with whom it shared.
        var others: [Int] = []
        var hasMore = false
    }

    /// A run that reads the meter.
    private struct Reader {
        let ancestors: [Int]
        /// How many of its processes are reading.
        var processes = 0
        /// How many runs logged within it are reading.
        var inner = 0
        var sinceJoules = 0.0
        var sinceError = 0.0
        var sinceDividedNS = 0.0
        var sinceStart = 0
        var busySinceNS: Int64 = 0
        var isSharing = false
        var before: Int?
        var after: Int?
    }

    private(set) var shares: [Share]
    private var readers: [Reader]
    private let timeline: MeterTimeline
    /// Those that have a part of the current piece, in the order in which they began to have one.
    private var first: Int?
    private var last: Int?
    private var count = 0
    /// What one run has of each joule, in the piece before the current edge or behind it.
    private var part = 0.0
    /// What one run has had so far, had it been there from the beginning.
    private var joules = 0.0
    private var error = 0.0
    private var dividedNS = 0.0
    /// All that ever began to have a part, and again where they did again.
    private var begun: [Int] = []

    /// `runs` are those of the timeline's readings; `ancestors` are by run those that it was
    /// logged within, the innermost first.
    init(_ timeline: MeterTimeline, runs: [Int], ancestors: [[Int]]) {
        self.timeline = timeline
        readers = ancestors.map { Reader(ancestors: $0) }
        shares = Array(repeating: Share(), count: readers.count)
        divide(runs)
    }

    private mutating func divide(_ runs: [Int]) {
        var begins: [[Int]] = Array(repeating: [], count: timeline.edgesNS.count)
        var ends = begins
        for (run, pieces) in zip(runs, timeline.pieces) {
            begins[pieces.lowerBound].append(run)
            ends[pieces.upperBound].append(run)
        }
        for edge in timeline.edgesNS.indices {
            let staying = begun.count
            for run in ends[edge] { leave(run, edge) }
            for run in begins[edge] { enter(run, edge) }
            guard edge < timeline.joules.count else { continue }
            let before = part
            part = count > 0 ? 1 / Double(count) : 0
            error += timeline.doubts[edge] * abs(part - before)
            for run in begun[staying...] where readers[run].isSharing {
                // What is doubtful where it begins is so by all that it has from there on.
                readers[run].sinceError = error
                shares[run].error += timeline.doubts[edge] * part
            }
            joules += timeline.joules[edge] * part
            error += timeline.spreads[edge] * part
            if count > 1 { dividedNS += timeline.length(of: edge) }
        }
    }

    private mutating func enter(_ run: Int, _ edge: Int) {
        readers[run].processes += 1
        guard readers[run].processes == 1 else { return }
        for outer in readers[run].ancestors {
            readers[outer].inner += 1
            guard readers[outer].processes > 0 else { continue }
            note(run, with: outer)
            if readers[outer].inner == 1 { pause(outer, edge) }
        }
        if readers[run].inner == 0 {
            begin(run)
        } else {
            readers[run].busySinceNS = timeline.edgesNS[edge]
        }
    }

    private mutating func leave(_ run: Int, _ edge: Int) {
        readers[run].processes -= 1
        guard readers[run].processes == 0 else { return }
        if readers[run].isSharing {
            stop(run)
            shares[run].error += timeline.doubts[edge] * part
        } else {
            rest(run, edge)
        }
        for outer in readers[run].ancestors {
            readers[outer].inner -= 1
            guard readers[outer].inner == 0, readers[outer].processes > 0 else { continue }
            rest(outer, edge)
            begin(outer)
        }
    }

    /// A run was logged within this one, which has all that is used while it lasts.
    private mutating func pause(_ run: Int, _ edge: Int) {
        if readers[run].isSharing { stop(run) }
        readers[run].busySinceNS = timeline.edgesNS[edge]
        shares[run].error += timeline.doubts[edge] * part
    }

    private mutating func rest(_ run: Int, _ edge: Int) {
        shares[run].enclosedNS += Double(timeline.edgesNS[edge]) - Double(readers[run].busySinceNS)
    }

    private mutating func begin(_ run: Int) {
        var known = first
        for _ in 0...SharedEnergy.othersMax {
            guard let other = known else { break }
            note(other, with: run)
            known = readers[other].after
        }
        readers[run].isSharing = true
        readers[run].sinceJoules = joules
        readers[run].sinceError = error
        readers[run].sinceDividedNS = dividedNS
        begun.append(run)
        readers[run].sinceStart = begun.count
        readers[run].before = last
        readers[run].after = nil
        if let last { readers[last].after = run } else { first = run }
        last = run
        count += 1
    }

    private mutating func stop(_ run: Int) {
        let reader = readers[run]
        shares[run].joules += joules - reader.sinceJoules
        shares[run].error += error - reader.sinceError
        shares[run].dividedNS += dividedNS - reader.sinceDividedNS
        for other in begun[reader.sinceStart...].prefix(SharedEnergy.othersMax + 1) {
            note(other, with: run)
        }
        readers[run].isSharing = false
        if let before = reader.before {
            readers[before].after = reader.after
        } else {
            first = reader.after
        }
        if let after = reader.after {
            readers[after].before = reader.before
        } else {
            last = reader.before
        }
        count -= 1
    }

    private mutating func note(_ other: Int, with run: Int) {
        guard other != run, !shares[run].others.contains(other) else { return }
        if shares[run].others.count < SharedEnergy.othersMax {
            shares[run].others.append(other)
        } else {
            shares[run].hasMore = true
        }
    }
}
