/// An order of rows that brings those of each series together.
///
/// Series stand in the order in which they first appear; rows of one keep theirs.
struct RowGrouping {
    /// The rows in their new order.
    let order: [Int]
    /// Rows of each series.
    let lengths: [Int]

    /// Above this many series of a block grouping does not pay.
    private static let seriesMax = 256

    /// Nil when there is one series, or none that is worth it.
    init?(of payload: DataPayload, by numbers: [UInt16]) {
        let all = numbers.compactMap { payload.columns[$0]?.words }
        guard all.count == numbers.count, all.allSatisfy({ $0.count == payload.rows }) else {
            return nil
        }
        // What is the same in every row tells no series.
        let keys = all.filter { words in words.contains { $0 != words[0] } }
        guard !keys.isEmpty else { return nil }
        var firstRows: [Int] = []
        var lengths: [Int] = []
        var seriesOfRow: [Int] = []
        seriesOfRow.reserveCapacity(payload.rows)
        var next = 0
        for row in 0..<payload.rows {
            func isOfSeries(_ series: Int) -> Bool {
                keys.allSatisfy { $0[row] == $0[firstRows[series]] }
            }
            // Meters are read in turn, so the one after the last is tried first.
            var series = next
            if series >= firstRows.count || !isOfSeries(series) {
                series = firstRows.indices.first(where: isOfSeries) ?? firstRows.count
            }
            if series == firstRows.count {
                guard series < Self.seriesMax else { return nil }
                firstRows.append(row)
                lengths.append(0)
            }
            lengths[series] += 1
            seriesOfRow.append(series)
            next = series + 1 < firstRows.count ? series + 1 : 0
        }
        guard lengths.count > 1, 2 * lengths.count <= payload.rows else { return nil }
        var places: [Int] = []
        var start = 0
        for length in lengths {
            places.append(start)
            start += length
        }
        var order = [Int](repeating: 0, count: payload.rows)
        for (row, series) in seriesOfRow.enumerated() {
            order[places[series]] = row
            places[series] += 1
        }
        self.order = order
        self.lengths = lengths
    }
}
