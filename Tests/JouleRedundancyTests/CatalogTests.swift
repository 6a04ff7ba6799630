import Glibc
import JouleFile
import JouleQuantities
import JouleTestSupport
import Testing

@testable import JouleRedundancy

/// The catalog is a cache: it follows the ledgers, and whatever becomes of it costs nothing but time.
@Suite("Catalog: files")
struct CatalogTests {
    /// A ledger directory and a folder for catalogs.
    struct Bench: ~Copyable {
        let folder = TemporaryDirectory()
        let cache = TemporaryDirectory()

        var ledgers: String { folder.path }

        func catalog(rules: KeyRules = .none) -> RunCatalog? {
            RunCatalog(of: ledgers, rules: rules, cache: cache.path, filesWorthIt: 0)
        }

        /// One ledger of these runs; its path.
        @discardableResult
        func write(_ runs: RunRecord..., below name: String = "digits") throws -> String {
            let made = try LedgerImport.write(runs, into: "\(ledgers)/\(name)", kind: "records")
            return try #require(made.path)
        }

        /// The verdict on a run like `Sample.run`, which must be that of all ledgers.
        func verdict(
            _ configuration: String = Bench.configuration,
            seed: JSON? = 0
        ) throws -> PreflightAnswer.Verdict {
            let question = PreflightQuestion(Sample.run("asked", configuration, seed: seed))
            let made = self.catalog()
            let catalog = try #require(made)
            let answer = try #require(catalog.check(question))
            let all = Preflight.check(question, against: try runs())
            #expect(answer.json == all.json)
            return answer.verdict
        }

        /// Packs in place whatever has ended.
        func pack() throws {
            _ = try PackJob(in: ledgers, until: WallTime(unixNanoseconds: .max))
        }

        func ledgerPaths() throws -> [String] { try LedgerDirectory.ledgers(below: ledgers) }

        func runs() throws -> [RunRecord] { try LedgerDirectory(reading: ledgers).runs }

        /// The database's files.
        func files() -> [String] { entries(of: cache.path).map { "\(cache.path)/\($0)" } }

        static let configuration = #"{"optim": {"lr": 0.001}, "width": 64}"#
    }

    @Test("New, changed, replaced and deleted ledgers are followed")
    func follows() throws {
        let bench = Bench()
        #expect(try bench.verdict() == .new)
        let first = try bench.write(Sample.run("a", hour: 1))
        #expect(try bench.verdict() == .alreadyRun)
        let second = try bench.write(Sample.run("b", #"{"width": 128}"#, hour: 2))
        #expect(try bench.verdict(#"{"width": "128"}"#) == .alreadyRun)
        // A shorter ledger takes the place of another, under its name.
        #expect(unsafe rename(second, first) == 0)
        #expect(try bench.verdict() == .new)
        #expect(try bench.verdict(#"{"width": 128}"#) == .alreadyRun)
        #expect(unsafe unlink(first) == 0)
        #expect(try bench.verdict(#"{"width": 128}"#) == .new)
    }

    @Test("A ledger that is cut off in its place is read again")
    func cutOff() throws {
        let bench = Bench()
        let path = try bench.write(Sample.run("a", hour: 1))
        #expect(try bench.verdict() == .alreadyRun)
        #expect(unsafe truncate(path, 0) == 0)
        #expect(try bench.verdict() == .new)
        #expect(bench.catalog()?.problems.map(\.path) == [path])
    }

    @Test("A folder that moves away takes its runs along")
    func folders() throws {
        let bench = Bench()
        try bench.write(Sample.run("a", hour: 1), below: "x/deep")
        #expect(try bench.verdict() == .alreadyRun)
        let other = TemporaryDirectory()
        #expect(unsafe rename("\(bench.ledgers)/x", "\(other.path)/x") == 0)
        #expect(try bench.verdict() == .new)
    }

    @Test("Packs, copies of their ledgers and runs in several ledgers count once")
    func packs() throws {
        let bench = Bench()
        try bench.write(Sample.run("a", hour: 1))
        try bench.write(Sample.run("b", seed: 1, hour: 2))
        let pack = "\(bench.ledgers)/all.joule"
        _ = try LedgerPack.write("\(bench.ledgers)/digits", to: pack)
        #expect(try bench.verdict() == .alreadyRun)
        for name in entries(of: "\(bench.ledgers)/digits") {
            #expect(unsafe unlink("\(bench.ledgers)/digits/\(name)") == 0)
            #expect(try bench.verdict() == .alreadyRun)
        }
        #expect(unsafe unlink(pack) == 0)
        #expect(try bench.verdict() == .new)
    }

    @Test("What only other runs show of a key's kind is known, and forgotten with them")
    func kinds() throws {
        let bench = Bench()
        try bench.write(Sample.run("a", #"{"version": "1.10"}"#, hour: 1))
        #expect(try bench.verdict(#"{"version": "1.1"}"#) == .new)
        let other = try bench.write(Sample.run("b", #"{"version": 2, "width": 3}"#, hour: 2))
        #expect(try bench.verdict(#"{"version": "1.1"}"#) == .alreadyRun)
        #expect(unsafe unlink(other) == 0)
        #expect(try bench.verdict(#"{"version": "1.1"}"#) == .new)
    }

    @Test("Rules have a catalog of their own")
    func rules() throws {
        let bench = Bench()
        try bench.write(Sample.run("a", #"{"width": 64, "note": "x"}"#, hour: 1))
        let question = PreflightQuestion(Sample.run("asked", #"{"width": 64}"#))
        let rules = try KeyRules(parsing: Array(#"{"defaults": {"note": "x"}}"#.utf8))
        for rules in [KeyRules.none, rules] {
            let made = bench.catalog(rules: rules)
            let catalog = try #require(made)
            let answer = try #require(catalog.check(question))
            let all = Preflight.check(question, against: try bench.runs(), rules: rules)
            #expect(answer.json == all.json)
            #expect(answer.verdict == (rules == .none ? .new : .alreadyRun))
        }
    }

    @Test(
        "What old runs have shown of keys is known among many newer ones",
        arguments: [true, false]
    )
    func teachers(isMadeAtOnce: Bool) throws {
        let bench = Bench()
        let config = { (place: Int) in #"{"width": \#(place / 2), "place": "here/\#(place)"}"# }
        let asked = #"{"width": 1, "place": "elsewhere"}"#
        if !isMadeAtOnce { #expect(try bench.verdict(asked) == .new) }
        for place in 0..<4 {
            try bench.write(
                Sample.run("r\(place)", config(place), hour: 1, curve: UInt64(place / 2) + 1)
            )
            if !isMadeAtOnce { #expect(bench.catalog() != nil) }
        }
        let newer = (8..<(RunCatalog.historyMax + 20)).map { place in
            Sample.run(
                "r\(place)",
                #"{"width": \#(place), "place": "here/\#(place)"}"#,
                hour: 5,
                curve: UInt64(place)
            )
        }
        _ = try LedgerImport.write(newer, into: "\(bench.ledgers)/new", kind: "records")
        let made = bench.catalog()
        let catalog = try #require(made)
        let question = PreflightQuestion(Sample.run("asked", asked))
        let answer = try #require(catalog.check(question))
        #expect(answer.verdict == .alreadyRun)
        #expect(answer.evidence.map(\.run.description) == ["r2", "r3"])
        #expect(answer.evidence.first?.proof == .config)
    }

    @Test("Rules that match no key of any run are told as without a catalog")
    func idleRules() throws {
        let bench = Bench()
        try bench.write(Sample.run("a", #"{"width": 64, "note": "x"}"#, hour: 1))
        let rules = try KeyRules(
            parsing: Array(
                #"{"ignored": ["note", "optim.*"], "seeds": ["s"], "defaults": {"b": 1, "a": 1}}"#
                    .utf8
            )
        )
        var use = RuleUse(rules)
        for run in try bench.runs() { use.take(run) }
        let idle = [
            "`ignored[1]` \"optim.*\"", "`seeds[0]` \"s\"", "`defaults` \"a\"", "`defaults` \"b\"",
        ]
        #expect(use.idle == idle)
        let feed = try AuditFeed(reading: bench.ledgers, rules: rules)
        #expect(feed.idleRules == idle)
        let made = bench.catalog(rules: rules)
        let catalog = try #require(made)
        #expect(catalog.idleRules(with: []) == idle)
        try bench.write(Sample.run("b", #"{"optim": {"lr": 1}, "b": 2}"#, hour: 1))
        #expect(catalog.refresh())
        let asked = Sample.run("asked", #"{"s": 2}"#)
        #expect(catalog.idleRules(with: [asked]) == ["`defaults` \"a\""])
        #expect(bench.catalog()?.idleRules(with: []) == [])
    }

    @Test("A catalog that was damaged or deleted is made again", arguments: 0..<6)
    func damage(kind: Int) throws {
        let bench = Bench()
        try bench.write(Sample.run("a", hour: 1))
        #expect(try bench.verdict() == .alreadyRun)
        let path = try #require(bench.files().first { $0.hasSuffix(".sqlite") })
        switch kind {
        case 0: #expect(unsafe unlink(path) == 0)
        case 1: #expect(unsafe truncate(path, 0) == 0)
        case 2: #expect(unsafe truncate(path, 5000) == 0)
        case 3: try overwrite(path, from: 0)
        case 4: try overwrite(path, from: 4096)
        default:
            let database = try Database(path, creates: false, waitMilliseconds: 100)
            try database.execute("PRAGMA user_version = 99")
        }
        #expect(try bench.verdict() == .alreadyRun)
    }

    @Test("A record that was changed in the catalog is noticed")
    func changedRecord() throws {
        let bench = Bench()
        try bench.write(Sample.run("a", hour: 1))
        #expect(try bench.verdict() == .alreadyRun)
        let path = try #require(bench.files().first { $0.hasSuffix(".sqlite") })
        let database = try Database(path, creates: false, waitMilliseconds: 100)
        try database.execute("UPDATE runs SET kept = kept || x'00'")
        let question = PreflightQuestion(Sample.run("asked"))
        #expect(bench.catalog()?.check(question) == nil)
        #expect(try bench.verdict() == .alreadyRun)
    }

    @Test("Where no catalog can be, there is none, and no error")
    func nowhere() throws {
        let bench = Bench()
        try bench.write(Sample.run("a", hour: 1))
        for cache in ["/proc/joulebook", "\(bench.ledgers)/no/such/folder", "/dev/null"] {
            let catalog = RunCatalog(
                of: bench.ledgers,
                rules: .none,
                cache: cache,
                filesWorthIt: 0
            )
            #expect(catalog == nil)
        }
        #expect(bench.catalog() != nil)
        #expect(
            RunCatalog(of: "\(bench.ledgers)/none", rules: .none, cache: bench.cache.path) == nil
        )
    }

    @Test("Few ledgers have no catalog")
    func few() throws {
        let bench = Bench()
        try bench.write(Sample.run("a", hour: 1))
        #expect(RunCatalog(of: bench.ledgers, rules: .none, cache: bench.cache.path) == nil)
        #expect(bench.files() == [])
    }

    @Test("Only its owner may read a catalog, and nothing is written beside the ledgers")
    func privacy() throws {
        let bench = Bench()
        let path = try bench.write(Sample.run("a", hour: 1))
        #expect(try bench.verdict() == .alreadyRun)
        #expect(!bench.files().isEmpty)
        for file in bench.files() {
            var status = stat()
            #expect(unsafe stat(file, &status) == 0)
            #expect(status.st_mode & 0o077 == 0, "\(file)")
        }
        #expect(entries(of: bench.ledgers) == ["digits"])
        #expect(
            entries(of: "\(bench.ledgers)/digits").map { "\(bench.ledgers)/digits/\($0)" } == [path]
        )
    }

    @Test("Threads that ask while others write all get an answer that is true")
    func together() throws {
        let bench = Bench()
        try bench.write(Sample.run("a", hour: 1))
        let (ledgers, cache) = (bench.ledgers, bench.cache.path)
        let workers = (0..<4).map { worker in
            Worker {
                for round in 0..<10 {
                    let run = Sample.run(
                        "r\(worker)-\(round)",
                        seed: .integer(Int64(worker * 100 + round + 1)),
                        hour: 2
                    )
                    _ = try? LedgerImport.write(
                        [run],
                        into: "\(ledgers)/\(worker)",
                        kind: "records"
                    )
                    let catalog = RunCatalog(
                        of: ledgers,
                        rules: .none,
                        cache: cache,
                        filesWorthIt: 0
                    )
                    let asked = Sample.run("asked", seed: run.seed)
                    let answer = catalog?.check(PreflightQuestion(asked))
                    // Without a catalog the ledgers themselves would be read.
                    #expect(answer == nil || answer?.evidence.first?.run == run.id)
                }
            }
        }
        for worker in workers { worker.join() }
        #expect(try bench.verdict() == .alreadyRun)
    }

    private func overwrite(_ path: String, from offset: Int) throws {
        guard let file = unsafe fopen(path, "r+") else { throw SharedRuns.Missing(path: path) }
        defer { unsafe fclose(file) }
        #expect(unsafe fseek(file, offset, SEEK_SET) == 0)
        let noise = [UInt8](repeating: 0xA5, count: 1000)
        for _ in 0..<40 { #expect(unsafe fwrite(noise, 1, noise.count, file) == noise.count) }
    }
}

/// Names in a folder, sorted.
private func entries(of folder: String) -> [String] {
    guard let handle = unsafe opendir(folder) else { return [] }
    defer { unsafe closedir(handle) }
    var names: [String] = []
    while let entry = unsafe readdir(handle) {
        let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
            unsafe pointer.withMemoryRebound(to: CChar.self, capacity: 256) {
                unsafe String(cString: $0)
            }
        }
        if name != ".", name != ".." { names.append(name) }
    }
    return names.sorted()
}
