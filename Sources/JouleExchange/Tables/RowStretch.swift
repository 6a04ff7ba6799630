import JouleFile

/// Some rows that were read from a ledger, in groups about which the same is to say.
struct RowStretch {
    /// Rows that follow each other, of one run and where it matters of one meter.
    struct Group {
        var count: Int
        let run: Int64?
        let meter: Int64?
    }

    let rows: LedgerRows
    let slice: Range<Int>
    /// Rows of the slice that are wanted; nil for all.
    let kept: [Int]?
    let count: Int
    private(set) var groups: [Group] = []

    init(_ rows: LedgerRows, _ slice: Range<Int>, kept: [Int]?, meters: Int?) {
        self.rows = rows
        self.slice = slice
        self.kept = kept
        count = kept?.count ?? slice.count
        let runs = rows.columns[0]
        let meters = meters.map { rows.columns[$0] }
        for place in 0..<count {
            let run = runs.integer(row(place))
            let meter = meters?.integer(row(place))
            if let last = groups.last, last.run == run, last.meter == meter {
                groups[groups.count - 1].count += 1
            } else {
                groups.append(Group(count: 1, run: run, meter: meter))
            }
        }
    }

    /// The row at a place among those that are wanted.
    func row(_ place: Int) -> Int { kept?[place] ?? slice.lowerBound + place }
}
