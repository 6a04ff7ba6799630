import Glibc
import JouleQuantities
import JouleTestSupport
import Testing

@testable import JouleFile

@Suite("Ledgers that move")
struct MovedLedgerTests {
    @Test("Whatever jobs have packed and merged since, ledgers are read where they were found")
    func moves() throws {
        let folder = TemporaryDirectory()
        var names: [RunID] = []
        var places: Set<LedgerDirectory.Place> = []
        for job in 0..<10 {
            let id = try #require(RunID("run-\(job)"))
            names.append(id)
            let run = RunRecord(id: id, status: .finished)
            _ = try LedgerImport.write([run], into: "\(folder.path)/digits", kind: "records")
            try note(&places, in: folder.path, of: names)
            _ = try PackJob(in: folder.path, until: WallTime(unixNanoseconds: .max))
            try note(&places, in: folder.path, of: names)
            let directory = LedgerDirectory(of: places)
            #expect(directory.runs.map(\.id) == names.sorted())
            #expect(directory.problems.isEmpty)
        }
        // Ten as files and in a pack each, eight of them in a larger one, too.
        #expect(places.count == 28)
        let packs = try LedgerDirectory.ledgers(below: folder.path)
        #expect(packs.count == 3)
        for path in packs { #expect(unsafe unlink(path) == 0) }
        let directory = LedgerDirectory(of: places)
        #expect(directory.runs.isEmpty)
        #expect(Set(directory.problems.map(\.path)) == Set(places.map(\.path)))
    }

    /// Where runs lie, as a reader finds them.
    private func note(
        _ places: inout Set<LedgerDirectory.Place>,
        in path: String,
        of names: [RunID]
    ) throws {
        let directory = try LedgerDirectory(reading: path)
        for name in names { places.insert(try #require(directory.place(of: name))) }
    }
}
