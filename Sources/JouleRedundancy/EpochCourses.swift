import JouleFile

/// What rows of epochs say of the runs of a batch.
struct EpochCourses: Sendable {
    /// What those of one run say.
    struct Course: Sendable {
        fileprivate(set) var epochCount = 0
        /// The least number of an epoch; nil where there is none.
        fileprivate(set) var firstNumber: Int?
        fileprivate(set) var hasMetrics = false
        fileprivate(set) var hasNonFinite = false
        /// How much the metrics say, in bits.
        fileprivate(set) var informationBits = 0.0
        /// A hash of all metrics.
        fileprivate(set) var hash: UInt64 = 0
        /// In `words`.
        fileprivate var place = 0..<0
    }

    private(set) var courses: [Course] = []
    /// As details keep them: of each run the prefixes of its curve, if it has one, and its epochs.
    private var words: [UInt64] = []

    /// What marks the curve; nil where no epoch measured anything that tells a result.
    func mark(of course: Course) -> CurveMark? {
        course.hasMetrics
            ? CurveMark(last: course.hash, epochs: Int32(clamping: course.epochCount)) : nil
    }

    /// As details keep them.
    func words(of course: Course) -> ArraySlice<UInt64> { words[course.place] }

    /// The epochs in their order.
    func epochs(of course: Course) -> some Sequence<RunDetails.Epoch> {
        let end = course.place.upperBound
        func known(_ word: UInt64) -> Double? {
            word == RunDetails.unknown ? nil : Double(bitPattern: word)
        }
        return stride(from: end - 3 * course.epochCount, to: end, by: 3).lazy.map { place in
            RunDetails.Epoch(
                number: Int(Int64(bitPattern: words[place])),
                joules: known(words[place + 1]),
                seconds: known(words[place + 2])
            )
        }
    }

    /// Reads the rows of one batch after the other.
    struct Reader {
        private var names = MetricHashes()
        /// Of the block that came last.
        private var block: BlockSums?
        private var information = CurveInformation()

        mutating func courses(of batch: RunBatch) -> EpochCourses {
            var found = EpochCourses()
            found.courses.reserveCapacity(batch.count)
            for run in 0..<batch.count {
                found.courses.append(course(of: batch.rows(run), to: &found.words))
            }
            return found
        }

        private mutating func course(
            of parts: ArraySlice<RunBatch.EpochRows>,
            to words: inout [UInt64]
        ) -> Course {
            var course = Course()
            let start = words.count
            var chain = CurveChain()
            information.reset()
            for part in parts {
                let block = sums(of: part.block)
                for row in part.rows where block.isEpoch(row) {
                    course.hasMetrics = course.hasMetrics || block.hasMetrics[row]
                    course.hasNonFinite = course.hasNonFinite || block.hasNonFinite[row]
                    chain.end(block.sums[row])
                    words.append(chain.hash)
                    for place in block.valuesStarts[row]..<block.valuesStarts[row + 1] {
                        information.count(Double(bitPattern: block.values[Int(place)]))
                    }
                }
            }
            if !course.hasMetrics { words.removeLast(words.count - start) }
            for part in parts {
                let block = sums(of: part.block)
                for row in part.rows where block.isEpoch(row) {
                    let number = Int(Int64(bitPattern: block.numbers[row]))
                    words.append(block.numbers[row])
                    words.append(block.joules[row])
                    words.append(block.seconds[row])
                    course.firstNumber = min(course.firstNumber ?? number, number)
                }
            }
            course.epochCount = chain.epochs
            course.hash = chain.hash
            course.informationBits = information.bits
            course.place = start..<words.count
            return course
        }

        private mutating func sums(of block: EpochBlock) -> BlockSums {
            if let known = self.block, known.block === block { return known }
            let sums = BlockSums(block, &names)
            self.block = sums
            return sums
        }
    }
}

/// What the rows of one block say, by row.
private final class BlockSums {
    let block: EpochBlock
    /// Of the terms of what the row measured.
    let sums: [UInt64]
    let hasMetrics: [Bool]
    let hasNonFinite: [Bool]
    /// Magnitudes that say something, those of one row behind those of another.
    let values: [UInt64]
    let valuesStarts: [Int32]
    let numbers: [UInt64]
    let joules: [UInt64]
    let seconds: [UInt64]

    init(_ block: EpochBlock, _ names: inout MetricHashes) {
        self.block = block
        let count = block.count
        let unknown = RunDetails.unknown
        func words(_ column: EpochBlock.Column?) -> [UInt64] {
            column?.words(filler: unknown) ?? Array(repeating: unknown, count: count)
        }
        numbers = words(block.numbers)
        joules = words(block.energies)
        seconds = words(block.durations)
        let columns = block.metrics.compactMap { column in
            names.hash(of: column.name).map { (column: column, hash: $0) }
        }
        var sums = [UInt64](repeating: 0, count: count)
        var hasMetrics = [Bool](repeating: false, count: count)
        var hasNonFinite = [Bool](repeating: false, count: count)
        var starts = [Int32](repeating: 0, count: count + 1)
        for (column, hash) in columns {
            Self.forEachValue(of: column) { row, value in
                sums[row] &+= CurveChain.term(hash, value)
                hasMetrics[row] = true
                if !value.isFinite { hasNonFinite[row] = true }
                if Self.saysSomething(value) { starts[row] += 1 }
            }
        }
        var total: Int32 = 0
        for row in 0..<count {
            let rowCount = starts[row]
            starts[row] = total
            total += rowCount
        }
        starts[count] = total
        var values = [UInt64](repeating: 0, count: Int(total))
        var next = starts
        for (column, _) in columns {
            Self.forEachValue(of: column) { row, value in
                guard Self.saysSomething(value) else { return }
                values[Int(next[row])] = value.magnitude.bitPattern
                next[row] += 1
            }
        }
        self.sums = sums
        self.hasMetrics = hasMetrics
        self.hasNonFinite = hasNonFinite
        self.values = values
        valuesStarts = starts
    }

    func isEpoch(_ row: Int) -> Bool {
        numbers[row] != RunDetails.unknown || block.numbers?.has(row) ?? false
    }

    private static func saysSomething(_ value: Double) -> Bool { value.isFinite && value != 0 }

    /// Row by row, where there is one.
    @inline(__always)
    private static func forEachValue(
        of column: EpochBlock.Column,
        _ body: (_ row: Int, _ value: Double) -> Void
    ) {
        let words = column.words
        let isInteger = column.isInteger
        func value(_ row: Int) -> Double {
            isInteger ? Double(Int64(bitPattern: words[row])) : Double(bitPattern: words[row])
        }
        guard let present = column.present else {
            for row in words.indices { body(row, value(row)) }
            return
        }
        for (place, word) in present.enumerated() {
            var rest = word
            while rest != 0 {
                let row = place << 6 + rest.trailingZeroBitCount
                body(row, value(row))
                rest &= rest - 1
            }
        }
    }
}

extension RunBatch {
    /// What the last epoch of a run measured that tells a result, by name.
    func lastMetrics(_ run: Int, _ names: inout MetricHashes) -> [Metric] {
        for part in rows(run).reversed() {
            guard let row = part.rows.last(where: { part.block.numbers?.has($0) ?? false }) else {
                continue
            }
            return part.block.metrics.compactMap { column in
                guard names.hash(of: column.name) != nil, let value = column.value(row) else {
                    return nil
                }
                return Metric(name: column.name, value: value)
            }.sorted { $0.name < $1.name }
        }
        return []
    }
}
