/// The measurements as a Markdown table.
struct Table {
    private let measurements: [Measurement]

    init(_ measurements: [Measurement]) {
        self.measurements = measurements
    }

    /// A budget is met below 1×; the ratio is what a test or a person compares between machines.
    var markdown: String {
        let head = """
            | | median | p99 | budget | median ÷ budget | budget from |
            |---|---|---|---|---|---|
            """
        let rows = measurements.map { row in
            let ratio = text(row.median / row.budget, places: 2)
            let figures = [row.median, row.worst, row.budget].map { "\(text($0)) \(row.unit)" }
            return
                "| \(row.name) | \(figures.joined(separator: " | ")) | \(ratio)× | \(row.source) |"
        }
        return ([head] + rows).joined(separator: "\n")
    }

    private func text(_ value: Double, places: Int = 1) -> String {
        value < 100 ? "\(value.rounded(places: places))" : "\(Int(value.rounded()))"
    }
}
