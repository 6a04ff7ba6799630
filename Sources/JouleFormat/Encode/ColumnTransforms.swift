/// A column's integers on their way to residuals: which come one after the other in a series.
struct ColumnTransform {
    let prediction: UInt8
    /// What the columns beside it let expect from each integer to the next; empty for nothing.
    var expected: [UInt64] = []
    /// Numbers of those columns.
    var sources: [UInt16] = []

    /// Columns of a higher rank are predicted from those of lower ones.
    var rank: Int {
        switch prediction {
        case ColumnPrediction.duration: 1
        // A time that energy is predicted from may itself be predicted from a duration.
        case ColumnPrediction.energy: 2
        default: 0
        }
    }
}

extension ColumnTransform {
    /// Heads of series go to `writer`; the residuals of everything else are given back.
    ///
    /// `series` counts the integers of each series; their sum is the number of integers.
    func residuals(of integers: [UInt64], series: [Int], heads writer: inout ByteWriter)
        -> [UInt64]
    {
        for source in sources { writer.append(varint: Int(source)) }
        switch prediction {
        case ColumnPrediction.offset: return offsets(integers, &writer)
        case ColumnPrediction.deltaOfDelta: return secondDifferences(integers, series, &writer)
        default: return differences(integers, series, &writer)
        }
    }

    private func offsets(_ integers: [UInt64], _ writer: inout ByteWriter) -> [UInt64] {
        // The smallest in signed order, so that integers around zero stay small.
        let base = integers.lazy.map { Int64(bitPattern: $0) }.min() ?? 0
        writer.append(zigzag: UInt64(bitPattern: base))
        return integers.map { $0 &- UInt64(bitPattern: base) }
    }

    /// The first of each series as the difference from the first of the series before.
    private func appendHeads(
        _ integers: [UInt64],
        _ series: [Int],
        at place: Int,
        _ writer: inout ByteWriter
    ) {
        var before: UInt64 = 0
        var start = 0
        for length in series {
            if length > place {
                let head =
                    place == 0 ? integers[start] : integers[start + 1] &- integers[start]
                writer.append(zigzag: head &- before)
                before = head
            }
            start += length
        }
    }

    private func differences(_ integers: [UInt64], _ series: [Int], _ writer: inout ByteWriter)
        -> [UInt64]
    {
        appendHeads(integers, series, at: 0, &writer)
        var residuals: [UInt64] = []
        residuals.reserveCapacity(integers.count)
        var start = 0
        for length in series where length > 0 {
            if expected.isEmpty {
                for place in start + 1..<start + length {
                    residuals.append(ZigZag.encode(integers[place] &- integers[place - 1]))
                }
            } else {
                for place in start + 1..<start + length {
                    let step = integers[place] &- integers[place - 1]
                    residuals.append(ZigZag.encode(step &- expected[place]))
                }
            }
            start += length
        }
        return residuals
    }

    private func secondDifferences(
        _ integers: [UInt64],
        _ series: [Int],
        _ writer: inout ByteWriter
    ) -> [UInt64] {
        appendHeads(integers, series, at: 0, &writer)
        appendHeads(integers, series, at: 1, &writer)
        var residuals: [UInt64] = []
        residuals.reserveCapacity(integers.count)
        var start = 0
        for length in series {
            if length > 2 {
                var step = integers[start + 1] &- integers[start]
                for place in start + 2..<start + length {
                    let next = integers[place] &- integers[place - 1]
                    residuals.append(ZigZag.encode(next &- step))
                    step = next
                }
            }
            start += length
        }
        return residuals
    }
}
