import FoundationEssentials
import JouleQuantities
import JouleTestSupport
import Testing

@testable import JouleFile

/// What each policy keeps, asked of the files as a kill would leave them.
@Suite("Durability")
struct DurabilityTests {
    /// The ledger as it is now, with or without its ring.
    private func snapshot(of path: String, ring: Bool, in directory: borrowing TemporaryDirectory)
        throws -> Ledger
    {
        let copy = directory.path + "/copy.joule"
        try Data(contentsOf: URL(filePath: path)).write(to: URL(filePath: copy))
        if ring {
            try Data(contentsOf: URL(filePath: path + ".ring"))
                .write(to: URL(filePath: copy + ".ring"))
        }
        return try Ledger(reading: copy)
    }

    private func hasRing(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: path + ".ring")
    }

    @Test("Every policy keeps every row of a run that ends", arguments: Durability.allCases)
    func whole(durability: Durability) throws {
        for kind in [RingKind.automatic, .memory] {
            let directory = TemporaryDirectory()
            let path = directory.path + "/run.joule"
            let writer = try LedgerWriter.create(
                at: path,
                run: Fixture.run(),
                durability: durability,
                ring: kind
            )
            #expect(hasRing(path) == (kind == .automatic && durability != .none))
            Fixture.log(epochs: 3, to: writer)
            #expect(
                writer.finish(status: .finished, ended: WallTime(unixNanoseconds: 0), metrics: nil)
            )
            #expect(!hasRing(path))
            #expect(writer.unconfirmedCalls == 0)
            let ledger = try Ledger(reading: path, verifies: true)
            #expect(ledger.integrity.state == .clean)
            #expect(ledger.runs.first?.epochs.count == 3)
            #expect(ledger.runs.first?.stepCount == 9)
            let inForce = durability == .ring && kind == .memory ? Durability.none : durability
            #expect(writer.durability == inForce)
            #expect(ledger.runs.first?.extra["durability"] == .string(inForce.rawValue))
        }
    }

    @Test("Without a ring, an epoch or row that was waited for is in a block when the call returns")
    func waited() throws {
        for durability in [Durability.epoch, .every] {
            let directory = TemporaryDirectory()
            let path = directory.path + "/run.joule"
            let writer = try LedgerWriter.create(
                at: path,
                run: Fixture.run(),
                durability: durability,
                ring: .memory
            )
            for epochs in 1...3 {
                let cells = Fixture.cells(writer, .epochs, [("loss", Fixture.loss(epochs))])
                let isKept = writer.appendEpoch(
                    index: Int64(epochs - 1),
                    number: Int64(epochs),
                    started: WallTime(unixNanoseconds: 0),
                    durationNS: 1,
                    cells: cells.span
                )
                #expect(isKept)
                let ledger = try snapshot(of: path, ring: false, in: directory)
                #expect(ledger.runs.first?.epochs.count == epochs)
            }
            if durability == .every {
                let cells = Fixture.cells(writer, .steps, [("loss", 1)])
                let start = WallTime(unixNanoseconds: 0)
                let isKept = writer.appendStep(0, at: start, cells: cells.span)
                #expect(isKept)
                let ledger = try snapshot(of: path, ring: false, in: directory)
                #expect(ledger.runs.first?.stepCount == 1)
            }
            writer.finish(status: .finished, ended: WallTime(unixNanoseconds: 0), metrics: nil)
        }
    }

    @Test("Where a ring was wanted and cannot be, the run says why, and promises nothing")
    func noRing() throws {
        let directory = TemporaryDirectory()
        let path = directory.path + "/run.joule"
        // Somebody else's ring: it is never overwritten.
        try Data("mine".utf8).write(to: URL(filePath: path + ".ring"))
        let writer = try LedgerWriter.create(at: path, run: Fixture.run())
        #expect(writer.durability == .none)
        writer.finish(status: .finished, ended: WallTime(unixNanoseconds: 0), metrics: nil)
        let run = try #require(try Ledger(reading: path).runs.first)
        #expect(run.extra["durability"] == "none")
        #expect(run.extra["absent"]?["ring"] == "cannot create a ring: File exists")
        #expect(try Data(contentsOf: URL(filePath: path + ".ring")) == Data("mine".utf8))
    }
}
