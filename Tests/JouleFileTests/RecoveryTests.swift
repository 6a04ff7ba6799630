import FoundationEssentials
import Glibc
import JouleQuantities
import JouleTestSupport
import Testing

@testable import JouleFile
@testable import JouleFormat

/// Whole ledgers made from torn and damaged ones.
@Suite("Recovery")
struct RecoveryTests {
    @Test("A torn ledger comes back block for block, and stays as it is itself")
    func torn() throws {
        let directory = TemporaryDirectory()
        let whole = try Data(
            contentsOf: URL(filePath: Fixture.finished(in: directory, epochs: 3))
        )
        let path = directory.path + "/torn.joule"
        for size in stride(from: 64, to: whole.count, by: 97) {
            let cut = whole.prefix(size)
            try cut.write(to: URL(filePath: path))
            let target = directory.path + "/saved-\(size).joule"
            let recovery = try LedgerRecovery.write(path, to: target)
            #expect(recovery.isVerbatim)
            // The record claims a ring, and none was copied.
            let isRecordThere = try !Ledger(reading: path).runs.isEmpty
            #expect(recovery.before.lacksRing == isRecordThere)
            #expect(recovery.hasLosses == (isRecordThere || recovery.before.tornSize > 0))
            #expect(try Data(contentsOf: URL(filePath: path)) == cut)
            let saved = try Ledger(reading: target, verifies: true)
            #expect(saved.integrity.state == .clean)
            #expect(try saved.runs == Ledger(reading: path).runs)
        }
    }

    @Test("Of a damaged ledger every row that checks out is saved, and the old root named")
    func damaged() throws {
        let directory = TemporaryDirectory()
        let whole = try Data(contentsOf: URL(filePath: Fixture.finished(in: directory)))
        let path = directory.path + "/damaged.joule"
        for place in stride(from: 80, to: whole.count - 64, by: 101) {
            var hurt = whole
            hurt[place] ^= 4
            try hurt.write(to: URL(filePath: path))
            let damaged = try Ledger(reading: path)
            try #require(damaged.integrity.state == .damaged)
            let target = directory.path + "/saved-\(place).joule"
            let recovery = try LedgerRecovery.write(path, to: target)
            #expect(recovery.hasLosses)
            let saved = try Ledger(reading: target, verifies: true)
            #expect(saved.integrity.state == .clean, "at \(place): \(saved.integrity.problems)")
            // Damage may have taken the record; the rows are then saved under a new name.
            if damaged.runs.isEmpty {
                #expect(saved.runs.first?.id.description.hasPrefix("recovered-") == true)
                #expect(saved.runs.first?.epochs.count == 5)
            } else {
                #expect(saved.runs.map(\.epochs) == damaged.runs.map(\.epochs))
            }
            #expect(try Ledger.steps(reading: target) == Ledger.steps(reading: path))
            let root = Digest(bytes: damaged.integrity.root)?.hex
            for run in saved.runs {
                #expect(run.extra["recovered_from"]?["root"]?.string == root)
            }
        }
    }

    @Test("Only a killed ledger that claims a ring and has none lacks it")
    func missingRing() throws {
        let directory = TemporaryDirectory()
        let path = directory.path + "/live.joule"
        let writer = try LedgerWriter.create(at: path, run: Fixture.run())
        Fixture.log(epochs: 5, to: writer)
        func copy(_ ends: [String], as name: String) throws -> String {
            let target = "\(directory.path)/\(name).joule"
            for end in ends {
                try FileManager.default.copyItem(atPath: path + end, toPath: target + end)
            }
            return target
        }
        func lacksRing(_ path: String) throws -> Bool {
            let plain = try Ledger(reading: path).integrity.lacksRing
            #expect(try LedgerVerification(of: path).integrity.lacksRing == plain)
            return plain
        }
        let (alone, both) = (try copy([""], as: "alone"), try copy(["", ".ring"], as: "both"))
        #expect(try !lacksRing(path))
        writer.finish(status: .finished, ended: WallTime(unixNanoseconds: 1), metrics: nil)
        #expect(try lacksRing(alone))
        #expect(try !lacksRing(both))
        #expect(try !lacksRing(path))
        #expect(try !LedgerRecovery.write(both, to: directory.path + "/whole.joule").hasLosses)
        let lost = try LedgerRecovery.write(alone, to: directory.path + "/less.joule")
        #expect(lost.hasLosses && lost.isVerbatim && lost.lostTailSize == 0)
        #expect(try !lacksRing(directory.path + "/less.joule"))
        // A pack took the rows of the ring.
        _ = try LedgerPack.write(both, to: directory.path + "/pack.joule")
        let packed = try LedgerVerification(of: directory.path + "/pack.joule").members
        #expect(packed.map(\.integrity?.lacksRing) == [false])
        _ = try LedgerPack.write(alone, to: directory.path + "/poor.joule")
        let poor = try LedgerVerification(of: directory.path + "/poor.joule").members
        #expect(poor.map(\.integrity?.lacksRing) == [true])
        // What somebody began to append after a close is torn, but nobody was killed at work.
        let closed = try Data(contentsOf: URL(filePath: path))
        try (closed + [1, 2, 3]).write(to: URL(filePath: path))
        #expect(try Ledger(reading: path).integrity.state == .torn)
        #expect(try !lacksRing(path))
    }

    @Test("A ledger that never had a ring lacks none")
    func noRing() throws {
        let directory = TemporaryDirectory()
        let path = directory.path + "/run.joule"
        let torn = directory.path + "/torn.joule"
        for durability in [Durability.none, .ring] {
            let writer = try LedgerWriter.create(
                at: path,
                run: Fixture.run(),
                durability: durability,
                ring: .memory
            )
            Fixture.log(epochs: 5, to: writer)
            try FileManager.default.copyItem(atPath: path, toPath: torn)
            writer.finish(status: .finished, ended: WallTime(unixNanoseconds: 1), metrics: nil)
            let integrity = try Ledger(reading: torn).integrity
            #expect(integrity.state == .torn && !integrity.lacksRing)
            for file in [path, torn] { try FileManager.default.removeItem(atPath: file) }
        }
    }

    @Test("A block of no rows in a damaged ledger leaves no table behind that nothing speaks of")
    func blockWithoutRows() throws {
        let directory = TemporaryDirectory()
        let header = FileHeader(fileID: Array(1...16), createdNS: 1)
        var encoder = BlockEncoder(salt: header.salt)
        let schema = TableSchema.undefined(TableID.energy)
        let rows = DataPayload(
            covered: 0,
            firstRow: 0,
            rows: 0,
            columns: [0: ColumnValues(words: [])]
        )
        let record = Array(#"{"run":0,"set":{"run_id":"a","status":"running"}}"#.utf8)
        let meta = MetaPayload(covered: 0, documents: [record])
        var bytes = BlockEncoder.encode(header)
        bytes += encoder.block(PayloadEncoder.encode(rows, schema: schema))
        bytes += [UInt8](repeating: 1, count: 8)
        bytes += encoder.block(PayloadEncoder.encode(meta))
        let path = directory.path + "/damaged.joule"
        try Data(bytes).write(to: URL(filePath: path))
        try #require(Ledger(reading: path).integrity.state == .damaged)
        let target = directory.path + "/saved.joule"
        _ = try LedgerRecovery.write(path, to: target)
        let saved = try Ledger(reading: target, verifies: true)
        #expect(saved.integrity.state == .clean, "\(saved.integrity.problems)")
    }

    @Test("Of segments that are joined, bytes behind the last whole block are lost")
    func tornSegment() throws {
        let directory = TemporaryDirectory()
        let (_, whole) = try SegmentTests().written(in: directory)
        for size in stride(from: whole.count / 2, to: whole.count, by: 61) {
            try whole.prefix(size).write(to: URL(filePath: directory.path + "/run.1.joule"))
            let target = directory.path + "/saved-\(size).joule"
            let recovery = try LedgerRecovery.write(directory.path + "/run.joule", to: target)
            #expect(recovery.before.segments == 2)
            #expect(recovery.hasLosses == (recovery.before.tornSize > 0), "cut at \(size)")
            #expect(recovery.lostTailSize == recovery.before.tornSize, "cut at \(size)")
        }
    }

    @Test(
        "A ring makes good for a torn block of rows or documents, and for none that it never held",
        arguments: [
            (BlockType.data, false), (BlockType.meta, false), (BlockType.attach, true),
            (BlockType.firstPrivate, true), (BlockType.checkpoint, true),
        ]
    )
    func tornBlock(type: UInt8, isLost: Bool) throws {
        let directory = TemporaryDirectory()
        let live = directory.path + "/live.joule"
        let writer = try LedgerWriter.create(at: live, run: Fixture.run())
        Fixture.log(epochs: 4, to: writer)
        let path = directory.path + "/killed.joule"
        for end in ["", ".ring"] {
            try FileManager.default.copyItem(atPath: live + end, toPath: path + end)
        }
        writer.finish(status: .finished, ended: WallTime(unixNanoseconds: 0), metrics: nil)
        let salt = try BlockScanner.header(of: LedgerSource(path)).salt
        var encoder = BlockEncoder(salt: salt)
        let block = encoder.block(EncodedPayload(head: type, [UInt8](repeating: 7, count: 99)))
        let whole = try Data(contentsOf: URL(filePath: path))
        for size in [20, 48, 100] {
            try (whole + block.prefix(size)).write(to: URL(filePath: path))
            let target = directory.path + "/saved-\(size).joule"
            let recovery = try LedgerRecovery.write(path, to: target)
            // Half a header does not say what is lost.
            let lostSize = isLost || size < 48 ? size : 0
            #expect(recovery.lostTailSize == UInt64(lostSize))
            #expect(try Ledger(reading: target).runs.first?.epochs.count == 4)
        }
    }

    @Test("A target that exists is left alone; what cannot be read leaves no target")
    func refusals() throws {
        let directory = TemporaryDirectory()
        let path = try Fixture.finished(in: directory)
        let target = directory.path + "/target.joule"
        try Data("mine".utf8).write(to: URL(filePath: target))
        #expect(throws: LedgerError.self) { try LedgerRecovery.write(path, to: target) }
        #expect(try Data(contentsOf: URL(filePath: target)) == Data("mine".utf8))

        let text = directory.path + "/text.joule"
        try Data("no ledger".utf8).write(to: URL(filePath: text))
        let none = directory.path + "/none.joule"
        #expect(throws: LedgerError.notALedger(path: text)) {
            try LedgerRecovery.write(text, to: none)
        }
        #expect(!FileManager.default.fileExists(atPath: none))
    }
}
