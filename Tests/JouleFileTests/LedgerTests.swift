import FoundationEssentials
import JouleFile
import JouleQuantities
import JouleTestSupport
import Testing

@testable import JouleFormat

@Suite("Ledgers")
struct LedgerTests {
    private func expectFixture(_ run: RunRecord, epochs: Int) {
        #expect(run.epochs.count == epochs)
        for (index, epoch) in run.epochs.enumerated() {
            #expect(epoch.number == index + 1)
            #expect(
                epoch.metrics == [
                    Metric(name: "loss", value: Fixture.loss(index)),
                    Metric(name: "accuracy", value: Double(index) / 100),
                ]
            )
            #expect(epoch.durationSeconds == (4_000 + Double(index)) / 1e9)
            #expect(epoch.energy?.joules == 10.5 + Double(index))
            #expect(epoch.phases.map(\.name) == ["validation"])
        }
    }

    @Test("What was logged is what is read, bit for bit", arguments: [0, 1, 5, 300])
    func roundTrip(epochs: Int) throws {
        let directory = TemporaryDirectory()
        let path = try Fixture.finished(in: directory, epochs: epochs)
        let ledger = try Ledger(reading: path)
        #expect(ledger.integrity.state == .clean)
        #expect(ledger.integrity.problems.isEmpty)
        let run = try #require(ledger.runs.first)
        #expect(run.status == .finished)
        #expect(try run.config == Fixture.run().config)
        #expect(run.tags == ["test"])
        #expect(run.drops == nil)
        expectFixture(run, epochs: epochs)
        let steps = try Ledger.steps(reading: path)
        #expect(steps.map(\.step) == (0..<Int64(epochs * 3)).map { $0 })
        for step in steps {
            #expect(step.metrics.first?.value == Fixture.loss(Int(step.step)))
        }
        #expect(!FileManager.default.fileExists(atPath: path + ".ring"))
    }

    @Test("A live ledger shows every row at once, and says that it is live")
    func live() throws {
        let directory = TemporaryDirectory()
        let path = directory.path + "/run.joule"
        let writer = try LedgerWriter.create(at: path, run: Fixture.run())
        for epochs in 1...3 {
            let cells = Fixture.cells(writer, .epochs, [("loss", Fixture.loss(epochs))])
            writer.appendEpoch(
                index: Int64(epochs - 1),
                number: Int64(epochs),
                started: WallTime(unixNanoseconds: 0),
                durationNS: 1,
                cells: cells.span
            )
            let ledger = try Ledger(reading: path)
            #expect(ledger.integrity.state == .live)
            #expect(ledger.runs.first?.status == .running)
            #expect(ledger.runs.first?.epochs.count == epochs)
        }
        #expect(writer.finish(status: .failed, ended: WallTime(unixNanoseconds: 1), metrics: nil))
        #expect(try Ledger(reading: path).runs.first?.status == .failed)
    }

    @Test("Without a mapped ring, rows reach the file and the run says so")
    func memoryRing() throws {
        let directory = TemporaryDirectory()
        let path = directory.path + "/run.joule"
        let writer = try LedgerWriter.create(at: path, run: Fixture.run(), ring: .memory)
        #expect(!writer.isCrashProof)
        Fixture.log(epochs: 20, to: writer)
        #expect(writer.finish(status: .finished, ended: WallTime(unixNanoseconds: 1), metrics: nil))
        let run = try #require(try Ledger(reading: path).runs.first)
        expectFixture(run, epochs: 20)
        #expect(run.extra["durability"] == "none")
    }

    @Test("A ledger cut at any byte reads up to its last whole block and is never called clean")
    func cut() throws {
        let directory = TemporaryDirectory()
        let bytes = try Array(
            Data(contentsOf: URL(filePath: Fixture.finished(in: directory, epochs: 3)))
        )
        let path = directory.path + "/cut.joule"
        var epochs = 0
        for size in 0..<bytes.count {
            try Data(bytes[..<size]).write(to: URL(filePath: path))
            guard size >= 64 else {
                #expect(throws: LedgerError.self) { try Ledger(reading: path) }
                continue
            }
            let ledger = try Ledger(reading: path)
            #expect(ledger.integrity.state == .torn, "cut at \(size)")
            let now = ledger.runs.first?.epochs.count ?? 0
            #expect(now >= epochs, "a longer file reads no less")
            epochs = now
        }
        #expect(epochs == 3)
    }

    @Test("Any flipped bit is noticed, and never makes a wrong value")
    func flip() throws {
        let directory = TemporaryDirectory()
        let original = try Array(
            Data(contentsOf: URL(filePath: Fixture.finished(in: directory, epochs: 2)))
        )
        let path = directory.path + "/flipped.joule"
        let whole = try Ledger(reading: directory.path + "/run.joule").runs[0]
        for position in original.indices {
            for bit in 0..<8 {
                var bytes = original
                bytes[position] ^= 1 << UInt8(bit)
                try Data(bytes).write(to: URL(filePath: path))
                guard let ledger = try? Ledger(reading: path) else {
                    #expect(position < 64, "only the file header may make a file unreadable")
                    continue
                }
                #expect(ledger.integrity.state != .clean, "bit \(bit) of byte \(position)")
                for (epoch, truth) in zip(ledger.runs.first?.epochs ?? [], whole.epochs) {
                    #expect(epoch.metrics == truth.metrics)
                }
            }
        }
    }

    @Test("Zeros and garbage behind a ledger are told and change nothing")
    func tails() throws {
        let directory = TemporaryDirectory()
        let path = try Fixture.finished(in: directory, epochs: 2)
        let original = try Data(contentsOf: URL(filePath: path))
        let tails = [Data(repeating: 0, count: 4096), Data((0..<4096).map { UInt8($0 % 251) })]
        for tail in tails {
            try (original + tail).write(to: URL(filePath: path))
            let ledger = try Ledger(reading: path)
            #expect(ledger.integrity.state == .torn)
            #expect(ledger.runs.first?.epochs.count == 2)
        }
    }

    @Test("Another ledger inside a ledger is no block of it; repeated blocks are damage")
    func splices() throws {
        let directory = TemporaryDirectory()
        let path = try Fixture.finished(in: directory, epochs: 2)
        let original = try Array(Data(contentsOf: URL(filePath: path)))
        let otherDirectory = TemporaryDirectory()
        let other = try Fixture.finished(in: otherDirectory, epochs: 1)
        let inside = try original + Array(Data(contentsOf: URL(filePath: other)))
        try Data(inside).write(to: URL(filePath: path))
        let outer = try Ledger(reading: path)
        #expect(outer.integrity.state == .torn)
        #expect(outer.runs.first?.epochs.count == 2)
        let repeated = original + original[64...]
        try Data(repeated).write(to: URL(filePath: path))
        let ledger = try Ledger(reading: path)
        #expect(ledger.integrity.state == .damaged)
        #expect(ledger.runs.first?.epochs.count == 2)
    }

    @Test("What is no ledger is refused in one line that names it")
    func notLedgers() throws {
        let directory = TemporaryDirectory()
        let text = directory.path + "/text.joule"
        try Data("epoch,loss\n1,0.5\n".utf8).write(to: URL(filePath: text))
        #expect(throws: LedgerError.notALedger(path: text)) { try Ledger(reading: text) }
        let empty = directory.path + "/empty.joule"
        try Data().write(to: URL(filePath: empty))
        #expect(throws: LedgerError.notALedger(path: empty)) { try Ledger(reading: empty) }
        let folder = directory.path
        #expect(throws: LedgerError.notAFile(path: folder)) { try Ledger(reading: folder) }
        let device = "/dev/zero"
        #expect(throws: LedgerError.notAFile(path: device)) { try Ledger(reading: device) }
    }

    @Test("Rows logged from many threads are all there")
    func threads() async throws {
        let directory = TemporaryDirectory()
        let path = directory.path + "/run.joule"
        let writer = try LedgerWriter.create(at: path, run: Fixture.run())
        await withTaskGroup(of: Void.self) { group in
            for thread in 0..<4 {
                group.addTask {
                    for step in 0..<1000 {
                        let cells = Fixture.cells(writer, .steps, [("t\(thread)", Double(step))])
                        writer.appendStep(
                            Int64(thread * 1000 + step),
                            at: WallTime(unixNanoseconds: 0),
                            cells: cells.span
                        )
                    }
                }
            }
        }
        #expect(writer.finish(status: .finished, ended: WallTime(unixNanoseconds: 1), metrics: nil))
        let steps = try Ledger.steps(reading: path)
        #expect(Set(steps.map(\.step)) == Set(0..<4000))
        #expect(
            steps.allSatisfy {
                $0.metrics == [Metric(name: "t\($0.step / 1000)", value: Double($0.step % 1000))]
            }
        )
    }

    @Test("A loop of trivial epochs, far faster than training, loses none")
    func burst() throws {
        let directory = TemporaryDirectory()
        let path = directory.path + "/run.joule"
        let writer = try LedgerWriter.create(at: path, run: Fixture.run())
        Fixture.log(epochs: 5000, to: writer)
        #expect(writer.finish(status: .finished, ended: WallTime(unixNanoseconds: 1), metrics: nil))
        let run = try #require(try Ledger(reading: path).runs.first)
        #expect(run.drops == nil)
        expectFixture(run, epochs: 5000)
    }

    @Test("A block of an unknown type is skipped and counted, unless it is critical")
    func unknownBlocks() throws {
        let directory = TemporaryDirectory()
        let original = try Array(
            Data(contentsOf: URL(filePath: Fixture.finished(in: directory, epochs: 2)))
        )
        let header = try BlockDecoder.fileHeader(original[..<64])
        for flags in [BlockFlags(), .critical] {
            var encoder = BlockEncoder(salt: header.salt)
            var bytes = Array(original[..<64])
            var offset = 64
            while let block = try? BlockDecoder.blockHeader(original[offset...], salt: header.salt)
            {
                let payload = try BlockDecoder.payload(original[offset...], header: block)
                if block.type == BlockType.data {
                    bytes += encoder.block(
                        EncodedPayload(
                            type: 0x93,
                            flags: flags,
                            table: 0,
                            rows: 0,
                            rawSize: 5,
                            bytes: [1, 2, 3, 4, 5]
                        )
                    )
                }
                if block.type != BlockType.summary {
                    bytes += encoder.block(
                        EncodedPayload(
                            type: block.type,
                            flags: block.flags,
                            table: block.table,
                            rows: block.rows,
                            rawSize: block.rawSize,
                            bytes: Array(payload)
                        )
                    )
                }
                offset += block.storedSize
            }
            let path = directory.path + "/private.joule"
            try Data(bytes).write(to: URL(filePath: path))
            if flags.contains(.critical) {
                #expect(throws: LedgerError.self) { try Ledger(reading: path) }
            } else {
                let ledger = try Ledger(reading: path)
                #expect(ledger.integrity.state == .torn)
                #expect(ledger.integrity.blocks == Int(encoder.tree.size))
                #expect(ledger.integrity.root == encoder.tree.root.bytes)
                expectFixture(try #require(ledger.runs.first), epochs: 2)
            }
        }
    }
}
