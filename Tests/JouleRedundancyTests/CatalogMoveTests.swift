import Glibc
import JouleFile
import JouleQuantities
import JouleTestSupport
import Testing

@testable import JouleRedundancy

/// The catalog knows a ledger again wherever it lies.
@Suite("Catalog: ledgers that move")
struct CatalogMoveTests {
    @Test(
        "A ledger that moves into a pack, and on to another, is not read again",
        arguments: [true, false]
    )
    func moves(isSeenBetween: Bool) throws {
        let bench = CatalogTests.Bench()
        #expect(try bench.verdict() == .new)
        let path = try #require(bench.files().first { $0.hasSuffix(".sqlite") })
        let database = try Database(path, creates: false, waitMilliseconds: 100)
        try database.execute(
            """
            CREATE TABLE readings (run INTEGER);
            CREATE TRIGGER reads AFTER INSERT ON runs BEGIN INSERT INTO readings VALUES (new.id); END
            """
        )
        for job in 0..<9 {
            let seed = JSON.integer(Int64(job))
            try bench.write(Sample.run("r\(job)", seed: seed, hour: Double(job)))
            #expect(try bench.verdict(seed: seed) == .alreadyRun)
            try bench.pack()
            if isSeenBetween { #expect(try bench.verdict(seed: seed) == .alreadyRun) }
        }
        #expect(try bench.verdict() == .alreadyRun)
        #expect(try database.integer("SELECT count(*) FROM readings") == 9)
        // Eight became one, and went with the ninth.
        let levels = try bench.ledgerPaths().map { $0.split(separator: "/").dropLast().last }
        #expect(levels == ["0", "1"])
        for job in 0..<9 {
            #expect(try bench.verdict(seed: .integer(Int64(job))) == .alreadyRun)
        }
    }

    @Test(
        "Whatever is written, annotated, packed, copied and deleted, each run is known while it is there",
        arguments: 1...6
    )
    func anything(seed: UInt64) throws {
        let bench = CatalogTests.Bench()
        var random = SplitMix(seed: seed)
        var written = 0
        for _ in 0..<60 {
            switch Int(random.next() % 7) {
            case 0, 1:
                try bench.write(
                    Sample.run("r\(written)", seed: .integer(Int64(written)), hour: Double(written))
                )
                written += 1
            case 2: try bench.pack()
            case 3:
                let pack = "\(bench.ledgers)/copy-\(random.next()).joule"
                _ = try? LedgerPack.write("\(bench.ledgers)/digits", to: pack)
            case 4:
                guard let path = try bench.ledgerPaths().randomElement(using: &random) else {
                    continue
                }
                #expect(unsafe unlink(path) == 0)
            case 5:
                let loose = try bench.ledgerPaths().filter { $0.contains("/digits/") }
                guard let path = loose.randomElement(using: &random) else { continue }
                let run = try #require(LedgerDirectory(reading: path).runs.first)
                let annotation = RunAnnotation(append: Sample.config(#"{"tags": ["x"]}"#))
                _ = try annotation.append(to: path, run: run.id)
            default: break
            }
            guard written > 0 else { continue }
            let asked = JSON.integer(Int64(random.next() % UInt64(written)))
            _ = try bench.verdict(seed: asked)
        }
        for seed in 0..<written { _ = try bench.verdict(seed: .integer(Int64(seed))) }
    }
}
