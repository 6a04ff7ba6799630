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
        let heads = series.count { $0 > 0 }
        var residuals = [UInt64](repeating: 0, count: integers.count - heads)
        var target = residuals.mutableSpan
        let source = integers.span
        let expected = self.expected.span
        var skipped = 0
        var start = 0
        for length in series where length > 0 {
            skipped += 1
            let places = start + 1..<start + length
            // SAFETY: series add up to the integers, and each has one residual less.
            for place in places {
                unsafe target[unchecked: place &- skipped] =
                    source[unchecked: place] &- source[unchecked: place &- 1]
            }
            if !expected.isEmpty {
                for place in places { target[place - skipped] &-= expected[place] }
            }
            start += length
        }
        Self.zigzag(&target)
        return residuals
    }

    private func secondDifferences(
        _ integers: [UInt64],
        _ series: [Int],
        _ writer: inout ByteWriter
    ) -> [UInt64] {
        appendHeads(integers, series, at: 0, &writer)
        appendHeads(integers, series, at: 1, &writer)
        let heads = series.reduce(0) { $0 + min($1, 2) }
        var residuals = [UInt64](repeating: 0, count: integers.count - heads)
        var target = residuals.mutableSpan
        let source = integers.span
        var skipped = 0
        var start = 0
        for length in series {
            skipped += min(length, 2)
            for place in start + 2..<max(start + length, start + 2) {
                // SAFETY: series add up to the integers, and each has two residuals less.
                unsafe target[unchecked: place &- skipped] =
                    source[unchecked: place] &- 2 &* source[unchecked: place &- 1]
                    &+ source[unchecked: place &- 2]
            }
            start += length
        }
        Self.zigzag(&target)
        return residuals
    }

    private static func zigzag(_ residuals: inout MutableSpan<UInt64>) {
        for place in residuals.indices {
            // SAFETY: `place` is one of the indices.
            unsafe residuals[unchecked: place] = ZigZag.encode(residuals[unchecked: place])
        }
    }
}
