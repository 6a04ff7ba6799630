import JouleFile
import JouleQuantities

/// Prints one ledger while it is followed.
struct TailPrinter {
    private var page: any TailPage
    private let path: String
    private let hasSteps: Bool
    /// Of the rows that are there at the beginning only so many of the last; nil when all.
    private var lastCount: Int?
    private var held: [TailRow] = []
    private var epochs: [Int64: Int] = [:]
    private var steps: [Int64: Int] = [:]
    /// Rows of runs whose record damage has taken.
    private var nameless = 0

    init(_ page: any TailPage, of path: String, steps: Bool, last: Int?) {
        self.page = page
        self.path = path
        hasSteps = steps
        lastCount = last
    }

    /// Takes rows, and prints them unless they are too old.
    mutating func take(
        _ rows: [TailRow],
        of tail: borrowing LedgerTail,
        on console: Console
    ) throws(CommandFailure) {
        for row in rows {
            switch row {
            case .epoch: epochs[row.run, default: 0] += 1
            case .step: steps[row.run, default: 0] += 1
            }
        }
        guard let lastCount else { return try print(rows, of: tail, on: console) }
        held += rows
        // Not at each row, since those that stay are moved.
        if held.count > 1024, held.count / 2 > lastCount {
            held.removeFirst(held.count - lastCount)
        }
    }

    /// Everything was read that was there.
    mutating func endRound(of tail: borrowing LedgerTail, on console: Console)
        throws(CommandFailure)
    {
        if let lastCount {
            let rows = Array(held.suffix(lastCount))
            self.lastCount = nil
            held = []
            try print(rows, of: tail, on: console)
        }
        // Who follows a run that has logged nothing yet sees that it is the right one.
        if !tail.isOver, tail.runs.count == 1, let run = tail.runs.values.first {
            for line in page.begin(run) { try console.print(line) }
        }
        try console.flush()
    }

    private mutating func print(
        _ rows: [TailRow],
        of tail: borrowing LedgerTail,
        on console: Console
    ) throws(CommandFailure) {
        for row in rows {
            guard let run = tail.runs[row.run] else {
                nameless += 1
                continue
            }
            for line in page.lines(of: row, run: run) { try console.print(line) }
        }
    }

    /// Prints what became of it; whether it was closed and is whole.
    mutating func end(of tail: borrowing LedgerTail, on console: Console)
        throws(CommandFailure) -> Bool
    {
        let runs = tail.runs.sorted { $0.key < $1.key }.map { number, record in
            TailEnd.Run(
                record: record,
                epochs: epochs[number] ?? 0,
                steps: hasSteps ? steps[number] ?? 0 : nil
            )
        }
        for line in page.end(TailEnd(path: path, state: tail.state, runs: runs)) {
            try console.print(line)
        }
        try console.flush()
        for problem in tail.problems {
            console.complain("\(path): damaged at byte \(problem.offset): \(problem.message)")
        }
        if nameless > 0 {
            console.complain(
                "\(path): \(Units.count(nameless, "row")) of runs that nothing describes"
            )
        }
        return tail.state == .clean && nameless == 0
    }
}
