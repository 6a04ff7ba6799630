import FoundationEssentials
import Glibc
import JouleFile
import JouleQuantities
import JouleTestSupport
import Joulebook
import Synchronization
import Testing

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
        #expect(run.warnings.count == 3, "\(run.warnings)")
        #expect(throws: RunError.self) { try run.finish() }
        let record = try readBack(run)
        #expect(record.extra["notes"]?.array?.map { $0["text"] } == ["noted"])
        #expect(record.drops.map(JSON.object) == ["attachments": ["refused": 1]])
        let ledger = try Ledger(reading: try #require(run.path))
        #expect(ledger.attachments.map(\.name).sorted() == ["bytes", "labels.txt", "renamed"])
        #expect(ledger.attachments.allSatisfy { $0.isComplete })
    }

    @Test("Jobs are done in their order, and the end waits for them")
    func order() {
        let done = Mutex<[Int]>([])
        for _ in 0..<50 {
            done.withLock { $0 = [] }
            let work = BackgroundWork()
            for number in 0..<20 {
                #expect(work.add { done.withLock { $0.append(number) } })
            }
            #expect(work.finish(withinNS: 5_000_000_000))
            #expect(done.withLock { $0 } == Array(0..<20))
            #expect(!work.add {})
        }
    }

    @Test("A job that takes too long holds nobody up, and what waits behind it is left")
    func late() {
        let isDone = Mutex(false)
        let work = BackgroundWork()
        #expect(work.add { usleep(400_000) })
        #expect(work.add { isDone.withLock { $0 = true } })
        let started = ContinuousClock.now
        #expect(!work.finish(withinNS: 20_000_000))
        #expect(ContinuousClock.now - started < .milliseconds(300))
        usleep(600_000)
        #expect(!isDone.withLock { $0 })
    }

    @Test("More jobs than may wait are refused")
    func full() {
        let work = BackgroundWork()
        let gate = Mutex(())
        let taken = gate.withLock { _ in
            (0..<BackgroundWork.jobsMax + 10).count { _ in work.add { gate.withLock { _ in } } }
        }
        // One may be at work already.
        #expect((BackgroundWork.jobsMax...BackgroundWork.jobsMax + 1).contains(taken))
        #expect(work.finish(withinNS: 5_000_000_000))
    }
}
