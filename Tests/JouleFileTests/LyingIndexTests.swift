import FoundationEssentials
import Glibc
import JouleQuantities
import JouleTestSupport
import Testing

@testable import JouleFile
@testable import JouleFormat

/// Indexes that a writer with a fault could leave.
@Suite("Lying indexes")
struct LyingIndexTests {
    private func ask(
        _ change: (inout IndexPayload) -> Void,
        _ filters: [RowFilter]
    ) throws -> (found: [[QueryFixture.Cell]], scanned: [[QueryFixture.Cell]], LedgerQuery) {
        let directory = TemporaryDirectory()
        var random = SplitMix(seed: 80)
        let path = directory.path + "/honest.joule"
        try QueryFixture.write(at: path, blocks: 700, random: &random)
        let lying = directory.path + "/lying.joule"
        try QueryFixture.rewrite(path, to: lying, change: change)
        let integrity = try Ledger(reading: lying, verifies: true).integrity
        #expect(integrity.state == .damaged)
        let query = try LedgerQuery(opening: lying)
        let every = try QueryFixture.scan(path)
            .rows(of: .steps, columns: query.columns(of: .steps).count)
        let scanned = QueryFixture.filtered(every, filters)
        return (try QueryFixture.ask(query, .steps, filters), scanned, query)
    }

    private let some = [
        RowFilter(column: 2, .greaterOrEqual, .integer(9_000)),
        RowFilter(column: 2, .less, .integer(9_700)),
    ]

    @Test("One that was not changed is no lie")
    func honest() throws {
        let directory = TemporaryDirectory()
        var random = SplitMix(seed: 80)
        let path = directory.path + "/honest.joule"
        try QueryFixture.write(at: path, blocks: 700, random: &random)
        let same = directory.path + "/same.joule"
        try QueryFixture.rewrite(path, to: same) { _ in }
        #expect(
            try Data(contentsOf: URL(filePath: path)) == Data(contentsOf: URL(filePath: same))
        )
    }

    @Test("Rows left out, moved or miscounted are found all the same, and the lie is told")
    func noticed() throws {
        let lies: [(String, (inout IndexPayload) -> Void)] = [
            ("left out", { $0.entries.removeFirst() }),
            ("no entries", { $0.entries = [] }),
            ("moved", { $0.entries[3].offset += 8 }),
            ("other block", { $0.entries[3].offset = $0.entries[2].offset }),
            ("swapped", { $0.entries.swapAt(1, 2) }),
            ("more rows", { for place in $0.entries.indices { $0.entries[place].rows += 1 } }),
            (
                "other table",
                {
                    for place in $0.entries.indices where $0.entries[place].table == 2 {
                        $0.entries[place].table = 5
                    }
                }
            ),
            ("no pointers", { $0.pointers = [] }),
            (
                "to itself",
                { for place in $0.pointers.indices { $0.pointers[place].ordinal = $0.ordinal } }
            ),
            (
                "to nowhere",
                { for place in $0.pointers.indices { $0.pointers[place].offset = 72 } }
            ),
        ]
        for (name, lie) in lies {
            let (found, scanned, query) = try ask({ lie(&$0) }, [])
            let isSame = QueryFixture.areSame(found, scanned)
            #expect(isSame, "\(name): \(found.count) rows instead of \(scanned.count)")
            #expect(!query.problems.isEmpty, "\(name)")
        }
    }

    @Test("A zone that does not fit its block is noticed when the block is read")
    func zones() throws {
        let (found, scanned, query) = try ask(
            { index in
                for entry in index.entries.indices {
                    for zone in index.entries[entry].zones.indices {
                        // Too narrow, so that some blocks of the range are read and others are not.
                        if let bounds = index.entries[entry].zones[zone].bounds,
                            index.entries[entry].zones[zone].column == 2
                        {
                            let middle =
                                Int64(bitPattern: bounds.minimum) / 2
                                + Int64(bitPattern: bounds.maximum) / 2
                            index.entries[entry].zones[zone].bounds = .init(
                                minimum: UInt64(bitPattern: middle),
                                maximum: UInt64(bitPattern: middle)
                            )
                        }
                    }
                }
            },
            some
        )
        let isSame = QueryFixture.areSame(found, scanned)
        #expect(isSame, "\(found.count) rows instead of \(scanned.count)")
        #expect(!query.problems.isEmpty)
    }

    @Test("What a false index hides and no query reads, verify finds")
    func hidden() throws {
        // `ask` expects that verify finds it; rows may be missing here, but none is wrong.
        let (found, scanned, _) = try ask(
            { index in
                for entry in index.entries.indices { index.entries[entry].zones = [] }
            },
            some
        )
        let isWritten = Set(scanned).isSuperset(of: found)
        #expect(isWritten)
    }
}
