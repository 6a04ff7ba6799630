import JouleFile

/// Reads what rows of epochs say of a run, column by column.
struct EpochRowReader {
    /// What a run's epochs and final metrics say.
    struct Course {
        fileprivate(set) var curve: Curve?
        fileprivate(set) var informationBits = 0.0
        fileprivate(set) var hasNonFinite = false
        fileprivate(set) var epochs: [RunDetails.Epoch] = []
        /// Metrics of the last epoch that tell results, by name.
        fileprivate(set) var last: [Metric] = []
    }

    /// Of the block that came last: the columns that tell results, by name, with their hashes.
    private var known: (block: EpochBlock, columns: [(column: EpochBlock.Column, hash: UInt64)])?

    mutating func course(
        of parts: [RunBatches.EpochRows],
        _ final: [Metric],
        _ names: inout MetricHashes
    ) -> Course {
        var course = Course()
        var chain = CurveChain()
        var information = CurveInformation()
        var prefixes: [UInt64] = []
        var hasMetrics = false
        let count = parts.reduce(0) { $0 + $1.rows.count }
        prefixes.reserveCapacity(count)
        course.epochs.reserveCapacity(count)
        for part in parts {
            let columns = columns(of: part.block, &names)
            for row in part.rows {
                guard let number = part.block.number(row) else { continue }
                var sum: UInt64 = 0
                for (column, hash) in columns {
                    guard let value = column.value(row) else { continue }
                    hasMetrics = true
                    course.hasNonFinite = course.hasNonFinite || !value.isFinite
                    sum &+= CurveChain.term(hash, value)
                    information.count(value)
                }
                chain.end(sum)
                prefixes.append(chain.hash)
                course.epochs.append(
                    RunDetails.Epoch(
                        number: number,
                        joules: part.block.joules(row),
                        seconds: part.block.durationSeconds(row)
                    )
                )
            }
        }
        course.hasNonFinite = course.hasNonFinite || final.contains { !$0.value.isFinite }
        if hasMetrics {
            course.curve = Curve(prefixes: prefixes, final: nil)
        } else if !final.isEmpty {
            final.forEach { information.count($0.value) }
            course.curve = Curve(prefixes: [], final: names.sum(of: final))
        }
        course.informationBits = information.bits
        if final.isEmpty, let (part, row) = Self.last(of: parts) {
            course.last = columns(of: part.block, &names).compactMap { column, _ in
                column.value(row).map { Metric(name: column.name, value: $0) }
            }
        }
        return course
    }

    private static func last(of parts: [RunBatches.EpochRows])
        -> (part: RunBatches.EpochRows, row: Int)?
    {
        for part in parts.reversed() {
            if let row = part.rows.last(where: { part.block.number($0) != nil }) {
                return (part, row)
            }
        }
        return nil
    }

    private mutating func columns(of block: EpochBlock, _ names: inout MetricHashes)
        -> [(column: EpochBlock.Column, hash: UInt64)]
    {
        if let known, known.block === block { return known.columns }
        let columns = block.metrics
            .compactMap { column in names.hash(of: column.name).map { (column: column, hash: $0) } }
            .sorted { $0.column.name < $1.column.name }
        known = (block, columns)
        return columns
    }
}
