import JouleFile
import JouleQuantities

/// Prints one ledger while it is followed.
struct TailPrinter {
    private var page: any TailPage
    private let place: LedgerPlace
    private let hasSteps: Bool
    /// Of the rows that are there at the beginning only so many of the last; nil when all.
    private var lastCount: Int?
    private var held: [TailRow] = []
    private var epochs: [Int64: Int] = [:]
    private var steps: [Int64: Int] = [:]

    init(_ page: any TailPage, of place: LedgerPlace, steps: Bool, last: Int?) {
        self.page = page
        self.place = place
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
            guard let run = tail.runs[row.run] else { continue }
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
        for line in page.end(TailEnd(path: place.path, state: tail.state, runs: runs)) {
            try console.print(line)
        }
        try console.flush()
        var problems = tail.problems.map {
            LedgerDirectory.Problem(path: place.path, message: $0.line)
        }
        let lost = nameless(of: tail)
        if lost.epochs + (lost.steps ?? 0) > 0 {
            problems.insert(
                .noRecord(
                    of: place.path,
                    isFile: place.isFile,
                    epochs: lost.epochs,
                    steps: lost.steps
                ),
                at: 0
            )
        }
        for line in problems.linesByFile { console.complain(line) }
        return tail.state == .clean && problems.isEmpty
    }

    /// Rows of runs whose record damage has taken.
    private func nameless(of tail: borrowing LedgerTail) -> (epochs: Int, steps: Int?) {
        var lost = (epochs: 0, steps: 0)
        for (run, count) in epochs where tail.runs[run] == nil { lost.epochs += count }
        for (run, count) in steps where tail.runs[run] == nil { lost.steps += count }
        return (lost.epochs, hasSteps ? lost.steps : nil)
    }
}
