import FoundationEssentials
import Glibc
import JouleFile
import JouleQuantities
import JouleSystem
import JouleTestSupport
import Synchronization
import Testing

@testable import Joulebook

@Suite("What a run collects in the background")
struct ArtifactTests {
    @Test("Packages are read from the names of their folders, the first of a name as in an import")
    func packages() throws {
        let directory = TemporaryDirectory()
        let first = directory.path + "/first"
        let second = directory.path + "/second"
        let names = [
            first: [
                "numpy-1.26.4.dist-info", "scikit_learn-1.5.0.dist-info", "PyYAML-6.0.dist-info",
                "old_style-0.3-py3.11.egg-info", "develop.egg-info", "numpy", "-1.0.dist-info",
                "noversion-.dist-info", "a b-1.0.dist-info", "zope.interface-6.0.dist-info",
            ],
            second: ["numpy-2.0.0.dist-info", "torch-2.3.0+cu121.dist-info"],
        ]
        for (folder, entries) in names {
            for entry in entries {
                try FileManager.default.createDirectory(
                    atPath: folder + "/" + entry,
                    withIntermediateDirectories: true
                )
            }
        }
        let found = InstalledPackages(in: [first, directory.path + "/nowhere", second])
        #expect(
            found.lines == [
                "numpy==1.26.4", "old-style==0.3", "pyyaml==6.0", "scikit-learn==1.5.0",
                "torch==2.3.0+cu121", "zope-interface==6.0",
            ]
        )
        #expect(InstalledPackages(in: []).isEmpty)
    }

    @Test("Artifacts, notes and private blocks of a run are kept, and what cannot be is a warning")
    func run() throws {
        let directory = TemporaryDirectory()
        let file = directory.path + "/labels.txt"
        try Data("labels".utf8).write(to: URL(filePath: file))
        var options = options(directory.path + "/runs")
        options.isQuiet = true
        options.captures = []
        let run = try start(options: options)
        run.attach("bytes", bytes: Array("abc".utf8), mediaType: "text/plain")
        run.attach(file: file)
        run.attach(file: file, as: "renamed")
        run.append(privateBlock: 0xC0, [1, 2, 3])
        run.note("noted")
        #expect(run.warnings.isEmpty)
        run.attach(file: directory.path)
        run.append(privateBlock: 3, [])
        run.note("")
        #expect(run.warnings.count == 4, "\(run.warnings)")
        #expect(run.warnings.last?.hasPrefix("1 artifact was refused") == true)
        #expect(throws: RunError.self) { try run.finish() }
        let record = try readBack(run)
        #expect(record.extra["notes"]?.array?.map { $0["text"] } == ["noted"])
        #expect(record.drops.map(JSON.object) == ["attachments": ["refused": 1]])
        let ledger = try Ledger(reading: try #require(run.path))
        #expect(ledger.attachments.map(\.name).sorted() == ["bytes", "labels.txt", "renamed"])
        #expect(ledger.attachments.allSatisfy { $0.isComplete })
    }

    @Test("Of artifacts with one name that of the last call counts, whether file or bytes")
    func lastCounts() throws {
        let directory = TemporaryDirectory()
        let file = directory.path + "/m.json"
        try Data("FIRST".utf8).write(to: URL(filePath: file))
        var options = options(directory.path + "/runs")
        options.captures = []
        let run = try start(options: options)
        let recorder = try #require(run.recorder)
        let gate = Mutex(())
        gate.withLock { _ in
            // No file is read before all calls are made.
            let isTaken = recorder.background.add {
                gate.withLock { _ in }
                return nil
            }
            #expect(isTaken)
            run.attach(file: file)
            run.attach("m.json", bytes: Array("SECOND".utf8))
            run.attach("bytes", bytes: Array("SECOND".utf8))
            run.attach(file: file, as: "bytes")
            run.attach(file: file, as: "refused")
            let tooMuch = [UInt8](repeating: 0, count: Run.attachmentSizeBytesMax + 1)
            run.attach("refused", bytes: tooMuch)
        }
        #expect(throws: RunError.self) { try run.finish() }
        let ledger = try Ledger(reading: try #require(run.path))
        func content(_ name: String) -> String? {
            ledger.attachments.last { $0.name == name }?.sha256
        }
        func hash(_ text: String) -> String { hex(ContentHash.sha256(Array(text.utf8))) }
        #expect(content("m.json") == hash("SECOND"))
        #expect(content("bytes") == hash("FIRST"))
        #expect(content("refused") == hash("FIRST"), "what is not kept replaces nothing")
        #expect(recorder.unread.withLock { $0.isEmpty })
    }

    @Test("Jobs are done in their order, and the end waits for them")
    func order() {
        let done = Mutex<[Int]>([])
        for _ in 0..<50 {
            done.withLock { $0 = [] }
            let work = BackgroundWork()
            for number in 0..<20 {
                #expect(work.add { { done.withLock { $0.append(number) } } })
            }
            #expect(work.finish(withinNS: 5_000_000_000) == 0)
            #expect(done.withLock { $0 } == Array(0..<20))
            #expect(!work.add { nil })
        }
    }

    @Test("A job that takes too long holds nobody up; neither it nor those behind it hand over")
    func late() {
        let isDone = Mutex(false)
        let work = BackgroundWork()
        for _ in 0..<2 {
            let isTaken = work.add {
                usleep(400_000)
                return { isDone.withLock { $0 = true } }
            }
            #expect(isTaken)
        }
        let started = ContinuousClock.now
        #expect(work.finish(withinNS: 20_000_000) == 2)
        #expect(ContinuousClock.now - started < .milliseconds(300))
        usleep(600_000)
        #expect(!isDone.withLock { $0 })
    }

    @Test("Whenever the end comes, each job has handed over or is counted as given up")
    func eachOnce() {
        var random = SplitMix(seed: 7)
        for round in 0..<200 {
            let delivered = Mutex(0)
            let regretted = Mutex(0)
            let work = BackgroundWork()
            for _ in 0..<20 {
                let isTaken = work.add(
                    { { delivered.withLock { $0 += 1 } } },
                    orElse: { regretted.withLock { $0 += 1 } }
                )
                #expect(isTaken)
            }
            let left = work.finish(withinNS: Int64.random(in: 0...3_000_000, using: &random))
            let before = delivered.withLock { $0 }
            #expect(before + left == 20, "round \(round)")
            #expect(regretted.withLock { $0 } == left)
            usleep(200)
            #expect(delivered.withLock { $0 } == before, "round \(round)")
        }
    }

    @Test("Files that the end of the run does not wait for are losses, and a diff is told absent")
    func filesLeft() throws {
        let directory = TemporaryDirectory()
        let file = directory.path + "/weights"
        try Data("weights".utf8).write(to: URL(filePath: file))
        var options = options(directory.path + "/runs")
        options.isQuiet = true
        options.captures = []
        let run = try start(options: options)
        run.attach(file: file, as: "early")
        let recorder = try #require(run.recorder)
        // A file that is read slowly.
        let isRead = Mutex(false)
        let isTaken = recorder.background.add {
            while !isRead.withLock({ $0 }) { usleep(1000) }
            return nil
        }
        #expect(isTaken)
        for number in 0..<5 { run.attach(file: file, as: "late \(number)") }
        var artifacts = CapturedArtifacts()
        var tree = SourceTree()
        (tree.commit, tree.dirty) = ("0", true)
        artifacts.code = FoundCode(code: CodeIdentity(), tree: tree, absence: nil)
        artifacts.keepsDiff = true
        artifacts.collect(for: recorder)
        let error = #expect(throws: RunError.self) { try run.finish() }
        isRead.withLock { $0 = true }
        #expect(error?.description.contains("5 artifacts were lost") == true)
        #expect(run.warnings.contains { $0.hasSuffix("7 are not kept") }, "\(run.warnings)")
        let record = try readBack(run)
        #expect(record.drops.map(JSON.object) == ["attachments": ["ring_full": 5]])
        #expect(record.header["code"]?["diff_absent"] == "the run ended before it was collected")
        let ledger = try Ledger(reading: try #require(run.path))
        #expect(ledger.attachments.map(\.name) == ["early"])
    }

    @Test("More jobs than may wait are refused")
    func full() {
        let work = BackgroundWork()
        let gate = Mutex(())
        let taken = gate.withLock { _ in
            (0..<BackgroundWork.jobsMax + 10).count { _ in
                work.add {
                    gate.withLock { _ in }
                    return nil
                }
            }
        }
        #expect(taken == BackgroundWork.jobsMax)
        #expect(work.finish(withinNS: 5_000_000_000) == 0)
    }
}
