import JouleQuantities
import JouleSystem

/// Runs divided by a key, so that those of one key come to one thread.
///
/// The key is half of what runs have in common: it finds candidates.
struct KeyShards {
    /// Where a run is.
    struct Place {
        let program: Int32
        let number: Int32
    }

    private let programs: [ProgramRuns]
    /// Runs and their keys, shard after shard, each in the order in which they came.
    private var places: [Place]
    private var keys: [UInt64]
    private let ends: [Int]
    private let workers: Workers

    /// The number of shards is the same on every machine, and so is the order of what comes out.
    private static let countMax = 256
    private static let sizeMin = 512

    /// `key` is nil for runs that are left out.
    init(_ programs: [ProgramRuns], on workers: Workers, by key: (ProgramRuns.Card) -> UInt64?) {
        self.programs = programs
        self.workers = workers
        let total = programs.reduce(0) { $0 + $1.cards.count }
        var count = 1
        while count < Self.countMax, count * Self.sizeMin < total { count *= 2 }
        // Not the bits by which chains find their slot.
        func shard(_ key: UInt64) -> Int { Int(truncatingIfNeeded: key >> 32) & (count - 1) }
        var ends = [Int](repeating: 0, count: count)
        for program in programs {
            for card in program.cards {
                if let key = key(card) { ends[shard(key)] += 1 }
            }
        }
        for place in ends.indices.dropFirst() { ends[place] += ends[place - 1] }
        var next = [0] + ends.dropLast()
        places = Array(repeating: Place(program: 0, number: 0), count: ends[count - 1])
        keys = Array(repeating: 0, count: places.count)
        for (program, runs) in programs.enumerated() {
            for (number, card) in runs.cards.enumerated() {
                guard let key = key(card) else { continue }
                let place = next[shard(key)]
                next[shard(key)] += 1
                places[place] = Place(program: Int32(program), number: Int32(number))
                keys[place] = key
            }
        }
        self.ends = ends
    }

    /// Has `body` look at each shard, on all threads.
    func map<Result>(_ body: (Shard) -> Result) -> [Result] {
        workers.map(ends.count) { number in
            let range = (number == 0 ? 0 : ends[number - 1])..<ends[number]
            return body(Shard(programs: programs, places: places[range], keys: keys[range]))
        }
    }

    /// All runs of some keys.
    struct Shard {
        fileprivate let programs: [ProgramRuns]
        fileprivate let places: ArraySlice<Place>
        fileprivate let keys: ArraySlice<UInt64>

        /// Calls one of both with the runs of each key; runs of one key in their order.
        func forEach(alone: (Place) -> Void, several: ([KeyedRun], [Place]) -> Void) {
            var chains = KeyChains(count: keys.count)
            for key in keys { chains.add(IndexSum(value: UInt128(key))) }
            for (number, place) in places.enumerated() where chains.isAlone(number) {
                alone(place)
            }
            for first in chains.shared {
                var same: [Place] = []
                chains.forEach(from: first) { same.append(places[places.startIndex + $0]) }
                several(same.map { programs[Int($0.program)].runs[Int($0.number)] }, same)
            }
        }

        /// Calls `body` with the runs of each key that several have.
        func forEachGroup(_ body: ([KeyedRun]) -> Void) {
            forEach(alone: { _ in }, several: { runs, _ in body(runs) })
        }
    }
}
