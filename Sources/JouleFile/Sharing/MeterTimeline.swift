import JouleQuantities

/// The energy of one meter over time, put together from what several processes read of it.
///
/// Edges are the moments at which a reading begins or ends; a piece lies between two edges. Readings
/// are gone through from the surest to the least sure: those without gaps first, and of these the
/// shortest. Each gives the pieces that no reading before it has fixed what is left of its energy,
/// in the proportion that the course of one reading tells. So a reading that lies within another
/// keeps its own energy, and the other one the rest; what all of them cover adds up to what the
/// longest saw, wherever one covers it all.
struct MeterTimeline {
    struct Reading: Hashable {
        let startNS: Int64
        let endNS: Int64
        let joules: Double
        /// Whether next to nothing of its time is missing.
        let isWhole: Bool

        /// `span` is dated.
        init(_ span: MeterSpan) {
            startNS = span.startNS
            endNS = span.endNS
            joules = span.measured.energy.joules
            isWhole = span.measured.coverage >= 0.95
        }
    }

    /// A part of the time whose course one reading tells.
    struct Stretch: Hashable {
        let reading: Int
        /// Places in `edgesNS`.
        var edges: ClosedRange<Int>
    }

    let readings: [Reading]
    let edgesNS: [Int64]
    /// By reading, the pieces that it covers.
    let pieces: [Range<Int>]
    /// They cover all that any reading covers, and hardly anything twice: few courses are needed.
    let stretches: [Stretch]

    /// By piece.
    private(set) var joules: [Double]
    /// By piece, the reading that fixed it; nil where nothing was read.
    private(set) var owners: [Int?]
    /// By edge, joules that may belong on its other side.
    private(set) var doubts: [Double]
    /// By piece, joules by which readings contradict each other there, on average.
    private(set) var spreads: [Double]
    /// By reading, joules by which it contradicts what the surer ones left it; nil where they left
    /// room.
    private(set) var misfits: [Double?]

    /// Each of `readings` ends after it begins.
    init(_ readings: [Reading]) {
        self.readings = readings
        var edges = readings.flatMap { [$0.startNS, $0.endNS] }
        edges.sort()
        edgesNS = edges.withoutRepetition
        let places = Dictionary(uniqueKeysWithValues: edgesNS.enumerated().map { ($1, $0) })
        pieces = readings.map { (places[$0.startNS] ?? 0)..<(places[$0.endNS] ?? 0) }
        stretches = Self.stretches(pieces, count: max(0, edgesNS.count - 1))
        let count = max(0, edgesNS.count - 1)
        joules = Array(repeating: 0, count: count)
        owners = Array(repeating: nil, count: count)
        doubts = Array(repeating: 0, count: edgesNS.count)
        spreads = Array(repeating: 0, count: count)
        misfits = Array(repeating: nil, count: readings.count)
    }

    /// Of the readings that have begun, the one that goes on for longest, until it ends.
    private static func stretches(_ pieces: [Range<Int>], count: Int) -> [Stretch] {
        let byStart = pieces.indices.sorted {
            (pieces[$0].lowerBound, pieces[$1].upperBound) < (
                pieces[$1].lowerBound, pieces[$0].upperBound
            )
        }
        var stretches: [Stretch] = []
        var next = 0
        var best: Int?
        for piece in 0..<count {
            while next < byStart.count, pieces[byStart[next]].lowerBound <= piece {
                let reading = byStart[next]
                if best.map({ pieces[$0].upperBound < pieces[reading].upperBound }) ?? true {
                    best = reading
                }
                next += 1
            }
            if let last = stretches.last, pieces[last.reading].upperBound > piece {
                stretches[stretches.count - 1].edges = last.edges.lowerBound...(piece + 1)
            } else if let best, pieces[best].upperBound > piece {
                stretches.append(Stretch(reading: best, edges: piece...(piece + 1)))
            }
        }
        return stretches
    }

    /// The moments at which the course of a stretch must be known.
    func momentsNS(of stretch: Stretch) -> [Int64] { Array(edgesNS[stretch.edges]) }

    /// The length of a piece, in nanoseconds.
    func length(of piece: Int) -> Double {
        Double(edgesNS[piece + 1]) - Double(edgesNS[piece])
    }

    /// Fixes the energy of every piece; `courses` are those of the stretches, at their moments.
    mutating func settle(_ courses: [[EnergyCourse.Point]]) {
        var expected = joules
        for (stretch, course) in zip(stretches, courses) {
            for (place, piece) in (stretch.edges.lowerBound..<stretch.edges.upperBound).enumerated()
            {
                expected[piece] = max(0, course[place + 1].joules - course[place].joules)
            }
        }
        let order = readings.indices.sorted { isSurer(readings[$0], readings[$1]) }
        var sums = RunningSums(count: joules.count)
        var open = OpenPlaces(count: joules.count)
        for reading in order { fix(reading, expected, &sums, &open) }
        spreadMisfits()
        for (stretch, course) in zip(stretches, courses) {
            for (place, edge) in stretch.edges.enumerated()
            where owners.indices.contains(edge) && edge > 0 && owners[edge] == owners[edge - 1] {
                doubts[edge] = max(doubts[edge], course[place].error)
            }
        }
    }

    private func isSurer(_ left: Reading, _ right: Reading) -> Bool {
        if left.isWhole != right.isWhole { return left.isWhole }
        let lengths = (left.endNS &- left.startNS, right.endNS &- right.startNS)
        if lengths.0 != lengths.1 { return lengths.0 < lengths.1 }
        return (left.startNS, left.joules) < (right.startNS, right.joules)
    }

    private mutating func fix(
        _ reading: Int,
        _ expected: [Double],
        _ sums: inout RunningSums,
        _ open: inout OpenPlaces
    ) {
        let free = open.take(in: pieces[reading])
        let fixed = sums.sum(over: pieces[reading])
        let left = readings[reading].joules - fixed
        guard !free.isEmpty else {
            if readings[reading].isWhole { misfits[reading] = abs(left) }
            return
        }
        let hoped = free.reduce(0) { $0 + expected[$1] }
        if left < 0, readings[reading].isWhole { misfits[reading] = -left }
        // What a reading with gaps lacks may be missing anywhere: of a rest it says nothing.
        let rest = readings[reading].isWhole ? max(0, left) : hoped
        let lengths = free.reduce(0) { $0 + length(of: $1) }
        for piece in free {
            let share = hoped > 0 ? expected[piece] / hoped : length(of: piece) / lengths
            joules[piece] = rest * share
            owners[piece] = reading
            sums.add(joules[piece], at: piece)
        }
    }

    /// Spreads what readings contradict others by evenly over their time.
    private mutating func spreadMisfits() {
        var powers = Array(repeating: 0.0, count: joules.count + 1)
        var counts = Array(repeating: 0, count: joules.count + 1)
        for (reading, misfit) in misfits.enumerated() {
            guard let misfit else { continue }
            let range = pieces[reading]
            let power =
                misfit / (Double(readings[reading].endNS) - Double(readings[reading].startNS))
            powers[range.lowerBound] += power
            powers[range.upperBound] -= power
            counts[range.lowerBound] += 1
            counts[range.upperBound] -= 1
        }
        var power = 0.0
        var count = 0
        for piece in joules.indices {
            power += powers[piece]
            count += counts[piece]
            if count > 0 { spreads[piece] = max(0, power) / Double(count) * length(of: piece) }
        }
    }
}

/// Sums over ranges of numbers that change, each in the logarithm of their count (Fenwick).
struct RunningSums {
    private var tree: [Double]

    init(count: Int) { tree = Array(repeating: 0, count: count + 1) }

    mutating func add(_ value: Double, at place: Int) {
        var node = place + 1
        while node < tree.count {
            tree[node] += value
            node += node & -node
        }
    }

    func sum(over range: Range<Int>) -> Double {
        sum(before: range.upperBound) - sum(before: range.lowerBound)
    }

    private func sum(before place: Int) -> Double {
        var sum = 0.0
        var node = place
        while node > 0 {
            sum += tree[node]
            node -= node & -node
        }
        return sum
    }
}

/// Places of which each is taken once; finding those that are left passes over the others.
struct OpenPlaces {
    /// By place, itself while it is open, else some place behind it.
    private var next: [Int]

    init(count: Int) { next = Array(0...count) }

    mutating func take(in range: Range<Int>) -> [Int] {
        var taken: [Int] = []
        var place = first(from: range.lowerBound)
        while place < range.upperBound {
            taken.append(place)
            next[place] = place + 1
            place = first(from: place + 1)
        }
        return taken
    }

    private mutating func first(from start: Int) -> Int {
        var place = start
        while next[place] != place {
            next[place] = next[next[place]]
            place = next[place]
        }
        return place
    }
}

extension [Int64] {
    /// Of sorted numbers, each once.
    fileprivate var withoutRepetition: [Int64] {
        var result: [Int64] = []
        for value in self where result.last != value { result.append(value) }
        return result
    }
}
