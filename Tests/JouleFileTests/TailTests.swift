import FoundationEssentials
import Glibc
import JouleQuantities
import JouleTestSupport
import Synchronization
import Testing

@testable import JouleFile
@testable import JouleFormat

/// Ledgers that are read while they grow.
@Suite("Tail")
struct TailTests {
    /// What a tail has given so far.
    private struct Given {
        var steps: [StepRecord] = []
        var epochs: [EpochRecord] = []
        var rounds = 0

        /// Reads a round.
        mutating func read(_ tail: inout LedgerTail) throws {
            while let rows = try tail.next() {
                for row in rows {
                    switch row {
                    case .epoch(_, _, let epoch): epochs.append(epoch)
                    case .step(let step): steps.append(step)
                    }
                }
            }
            rounds += 1
        }

        mutating func readToTheEnd(_ tail: inout LedgerTail) throws {
            repeat { try read(&tail) } while !tail.isOver && rounds < 100_000
        }
    }

    /// That every row of the ledger was given once, and in its order.
    private func expectAll(_ given: Given, of path: String, _ comment: Comment? = nil) throws {
        let steps = try Ledger.steps(reading: path)
        #expect(given.steps == steps, comment)
        let epochs = try Ledger(reading: path).runs.flatMap(\.epochs)
        #expect(given.epochs.map(\.number) == epochs.map(\.number), comment)
        #expect(given.epochs.map(\.metrics) == epochs.map(\.metrics), comment)
        #expect(given.epochs.map(\.energy) == epochs.map(\.energy), comment)
    }

    private static let ended = WallTime(unixNanoseconds: 1_700_000_100_000_000_000)

    @Test("A finished ledger is given at once, rows in the order of their times")
    func finished() throws {
        let directory = TemporaryDirectory()
        let path = try Fixture.finished(in: directory, epochs: 50)
        var tail = try LedgerTail(path, steps: true)
        var given = Given()
        try given.read(&tail)
        #expect(tail.isOver && tail.state == .clean)
        #expect(given.epochs.count == 50 && given.steps.count == 150)
        #expect(given.epochs.allSatisfy { $0.energy != nil })
        #expect(tail.runs[0]?.status == .finished)
        try expectAll(given, of: path)
        var alone = try LedgerTail(path, steps: false)
        var epochs = Given()
        try epochs.read(&alone)
        #expect(epochs.steps.isEmpty && epochs.epochs == given.epochs)
    }

    @Test("Each row of a writer at work is given once: from the ring, from blocks, over its laps")
    func live() throws {
        let directory = TemporaryDirectory()
        let path = directory.path + "/run.joule"
        let writer = try LedgerWriter.create(
            at: path,
            run: try Fixture.run(),
            timing: .hasty
        )
        writer.describe(meters: [Fixture.meter])
        var tail = try LedgerTail(path, steps: true)
        var given = Given()
        var random = SplitMix(seed: 4)
        var kept = 0
        var index: Int64 = 0
        let cell = try #require(Fixture.cells(writer, .steps, [("loss", 0)]).first)
        // Six laps of the ring for steps.
        while kept < 400_000 {
            for _ in 0..<Int.random(in: 1...6000, using: &random) {
                // Noise, which takes as many bytes as real losses do.
                let noise = Double(random.next() >> 11)
                let cells = [MetricCell(id: cell.id, value: noise)]
                let time = WallTime(unixNanoseconds: Int64(kept))
                let isKept = writer.appendStep(Int64(kept), at: time, cells: cells.span)
                kept += isKept ? 1 : 0
            }
            let cells = Fixture.cells(writer, .epochs, [("loss", Double(index))])
            writer.appendEpoch(
                index: index,
                number: index + 1,
                started: WallTime(unixNanoseconds: Int64(kept)),
                durationNS: 1,
                cells: cells.span
            )
            if index % 3 == 0 { try given.read(&tail) }
            let joules = Energy(joules: Double(index + 1))
            let measured = MeasuredEnergy(energy: joules, coverage: 1, uncertaintyRelative: nil)
            writer.appendEnergy(.epoch(index), meter: 0, measured)
            index += 1
            if Bool.random(using: &random) { try given.read(&tail) }
        }
        #expect(!tail.isOver && tail.state == .live)
        try given.read(&tail)
        #expect(given.steps.count == kept, "what was acknowledged is there at the next reading")
        #expect(writer.finish(status: .finished, ended: Self.ended, metrics: nil))
        try given.readToTheEnd(&tail)
        #expect(tail.state == .clean)
        #expect(given.steps.map(\.step) == (0..<Int64(kept)).map { $0 })
        #expect(given.epochs.allSatisfy { $0.energy?.joules == Double($0.number) })
        try expectAll(given, of: path)
    }

    @Test(
        "An epoch waits for its energy, steps behind it wait with it, and no longer than patience"
    )
    func patience() throws {
        let directory = TemporaryDirectory()
        let path = directory.path + "/run.joule"
        let writer = try LedgerWriter.create(at: path, run: try Fixture.run())
        writer.describe(meters: [Fixture.meter])
        let none: [MetricCell] = []
        let start = WallTime(unixNanoseconds: 1)
        writer.appendStep(1, at: start, cells: none.span)
        writer.appendEpoch(index: 0, number: 1, started: start, durationNS: 1, cells: none.span)
        writer.appendStep(2, at: WallTime(unixNanoseconds: 9), cells: none.span)
        var tail = try LedgerTail(path, steps: true)
        var given = Given()
        try given.read(&tail)
        #expect(given.steps.map(\.step) == [1] && given.epochs.isEmpty)
        let measured = MeasuredEnergy(
            energy: Energy(joules: 2),
            coverage: 1,
            uncertaintyRelative: nil
        )
        writer.appendEnergy(.epoch(0), meter: 0, measured)
        try given.read(&tail)
        #expect(given.steps.map(\.step) == [1, 2] && given.epochs.first?.energy?.joules == 2)
        let later = WallTime(unixNanoseconds: 20)
        writer.appendEpoch(index: 1, number: 2, started: later, durationNS: 1, cells: none.span)
        try given.read(&tail)
        #expect(given.epochs.count == 1)
        usleep(3_100_000)
        try given.read(&tail)
        #expect(given.epochs.count == 2 && given.epochs.last?.energy == nil, "and is not zero")
        #expect(writer.finish(status: .finished, ended: Self.ended, metrics: nil))
    }

    @Test("An epoch comes behind its own steps and before those of the next, however they are read")
    func order() throws {
        let directory = TemporaryDirectory()
        let path = directory.path + "/run.joule"
        let run = try Fixture.run()
        let writer = try LedgerWriter.create(at: path, run: run, timing: .hasty)
        let given = Atomic<Int64>(0)
        let start: Int64 = 1_700_000_000_000_000_000
        let worker = Worker {
            let none: [MetricCell] = []
            for epoch in 0..<Int64(20_000) {
                // So near that each round of reading finds the writer within an epoch.
                while epoch > given.load(ordering: .acquiring) + 200 { usleep(10) }
                let started = start + 40 * epoch
                for step in 1...Int64(3) {
                    let time = WallTime(unixNanoseconds: started + 10 * step)
                    writer.appendStep(3 * epoch + step, at: time, cells: none.span)
                }
                writer.appendEpoch(
                    index: epoch,
                    number: epoch + 1,
                    started: WallTime(unixNanoseconds: started),
                    durationNS: 35,
                    cells: none.span
                )
            }
        }
        var tail = try LedgerTail(path, steps: true)
        var steps: Int64 = 0
        var epochs: Int64 = 0
        while epochs < 20_000 {
            while let rows = try tail.next() {
                for row in rows {
                    if case .step = row { steps += 1 } else { epochs += 1 }
                    try #require(epochs...epochs + 1 ~= (steps + 2) / 3)
                    if case .epoch = row { try #require(steps == 3 * epochs) }
                }
            }
            given.store(epochs, ordering: .releasing)
        }
        worker.join()
        #expect(writer.finish(status: .finished, ended: Self.ended, metrics: nil))
    }

    // MARK: Segments

    private func rows(_ numbers: Range<UInt64>) -> RowBatch {
        var batch = RowBatch()
        for number in numbers {
            batch.append([
                RingCell(column: 0, word: 0), RingCell(column: 1, word: number),
                RingCell(column: 2, word: number),
                RingCell(column: 3, word: Double(number).bitPattern),
            ])
        }
        return batch
    }

    private func record() throws -> [UInt8] {
        var bytes: [UInt8] = []
        let document: JSON = ["run": .integer(0), "set": .object(try Fixture.run().header)]
        document.write(into: &bytes)
        return bytes
    }

    private func begun(_ path: String) throws -> LedgerAppender {
        var first = try LedgerAppender(creating: path, header: FileHeader(createdNS: 1))
        try first.append(meta: [try record()])
        first.keepsUnsynced = true
        let column = ColumnDefinition("loss", .float64, role: .metric)
        first.define(column, number: 3, table: TableID.steps)
        try first.append(rows(0..<10), table: TableID.steps, covered: 20)
        try first.synchronize()
        try first.append(rows(10..<20), table: TableID.steps, covered: 40)
        try first.append(rows(20..<30), table: TableID.steps, covered: 60)
        return first
    }

    private func successor(of first: borrowing LedgerAppender, at path: String) throws
        -> LedgerAppender
    {
        var records = RunDocuments()
        records.take(try MetaDocument(parsing: try record()))
        return try first.successor(at: SegmentChain.path(1, of: path), records: records.all)
    }

    /// Ends a writer's life, which unlocks its file.
    private func leave(_ appender: consuming LedgerAppender) {}

    @Test("A writer that goes on in another segment is followed there, and no row comes twice")
    func goesOn() throws {
        let directory = TemporaryDirectory()
        let path = directory.path + "/run.joule"
        let first = try begun(path)
        var tail = try LedgerTail(path, steps: true)
        var given = Given()
        try given.read(&tail)
        #expect(given.steps.count == 30 && !tail.isOver)
        var next = try successor(of: first, at: path)
        try given.read(&tail)
        leave(first)
        try given.read(&tail)
        #expect(given.steps.count == 30 && !tail.isOver, "the new file is alive")
        try next.append(rows(30..<40), table: TableID.steps, covered: 80)
        try given.read(&tail)
        #expect(given.steps.count == 40)
        try next.close()
        try given.readToTheEnd(&tail)
        #expect(tail.state == .clean)
        #expect(given.steps.map(\.step) == (0..<40).map { Int64($0) })
        try expectAll(given, of: path)
    }

    @Test("However far a writer came with a new segment, reading both and following them agree")
    func cutSegment() throws {
        let directory = TemporaryDirectory()
        let path = directory.path + "/run.joule"
        let first = try begun(path)
        var next = try successor(of: first, at: path)
        leave(first)
        try next.append(rows(30..<40), table: TableID.steps, covered: 80)
        try next.close()
        leave(next)
        let second = directory.path + "/run.1.joule"
        let whole = try Data(contentsOf: URL(filePath: second))
        var counts: Set<Int> = []
        for size in stride(from: 64, through: whole.count, by: 8) {
            try whole.prefix(size).write(to: URL(filePath: second))
            var tail = try LedgerTail(path, steps: true)
            var given = Given()
            try given.readToTheEnd(&tail)
            counts.insert(given.steps.count)
            #expect(given.steps.map(\.step) == (0..<Int64(given.steps.count)).map { $0 })
            try expectAll(given, of: path, "cut at \(size)")
            // Whoever goes on there adds rows behind all that were read.
            let isSegment = try SegmentChain(of: path).segments.count == 2
            guard isSegment, size % 64 == 0 else { continue }
            let count = UInt64(given.steps.count)
            var again = try LedgerAppender.reopening(second)
            let column = ColumnDefinition("loss", .float64, role: .metric)
            again.define(column, number: 3, table: TableID.steps)
            try again.append(rows(count..<count + 5), table: TableID.steps, covered: 90)
            try again.append(rows(count + 5..<count + 9), table: TableID.steps, covered: 99)
            try again.close()
            leave(again)
            var after = try LedgerTail(path, steps: true)
            var all = Given()
            try all.readToTheEnd(&after)
            #expect(all.steps.map(\.step) == (0..<Int64(count + 9)).map { $0 }, "cut at \(size)")
            try expectAll(all, of: path, "cut at \(size)")
        }
        #expect(counts == [30, 40])
    }

    @Test("What is said after the end, and appended rows, come with the others")
    func appended() throws {
        let directory = TemporaryDirectory()
        let path = try Fixture.finished(in: directory, epochs: 4)
        for tag in ["a", "b"] {
            var ledger = try ReopenedLedger.opening(path)
            var members = JSONObject()
            members["tags"] = [.string(tag)]
            try ledger.annotate(run: 0, members)
            try ledger.close()
        }
        var appender = try LedgerAppender.reopening(path)
        try appender.append(rows(12..<20), table: TableID.steps)
        try appender.close()
        leave(appender)
        var tail = try LedgerTail(path, steps: true)
        var given = Given()
        try given.readToTheEnd(&tail)
        #expect(given.steps.map(\.step) == (0..<20).map { Int64($0) })
        #expect(tail.state == .clean && tail.runs[0]?.tags == ["b"])
        try expectAll(given, of: path)
        let verified = try Ledger(reading: path, verifies: true)
        #expect(verified.integrity.state == .clean, "row numbers go on behind each close")
        var cursor = try LedgerQuery(opening: path).rows(of: .steps, columns: [1])
        var found: [Int64] = []
        while let rows = try cursor.next() {
            found += (0..<rows.count).compactMap { rows.columns[0].integer($0) }
        }
        #expect(found == (0..<20).map { Int64($0) })
    }

    @Test(
        "A torn ledger gives the rows of its ring, a damaged one those that check out, and both end"
    )
    func hurt() throws {
        let directory = TemporaryDirectory()
        let path = try Fixture.finished(in: directory, epochs: 40)
        let whole = try Data(contentsOf: URL(filePath: path))
        for place in stride(from: 64, to: whole.count, by: 61) {
            var bytes = whole
            bytes[place] ^= 4
            try bytes.write(to: URL(filePath: path))
            var tail = try LedgerTail(path, steps: true)
            var given = Given()
            try given.readToTheEnd(&tail)
            #expect(tail.state != .clean, "flipped at \(place)")
            let ledger = try Ledger(reading: path)
            #expect(tail.state == ledger.integrity.state, "flipped at \(place)")
            guard !ledger.runs.isEmpty else { continue }
            #expect(given.steps.count == (try Ledger.steps(reading: path)).count)
            #expect(given.epochs.count == ledger.runs[0].epochs.count, "flipped at \(place)")
        }
    }
}
