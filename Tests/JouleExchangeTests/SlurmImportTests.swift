import JouleFile
import JouleQuantities
import Testing

@testable import JouleExchange

@Suite("Import of Slurm's sacct")
struct SlurmImportTests {
    private static let columns = [
        "JobID", "JobName", "User", "Account", "State", "Start", "End", "ElapsedRaw", "AllocTRES",
        "NTasks", "NodeList", "ConsumedEnergyRaw",
    ]
    /// A job on four nodes as a Cray's `pm_counters` see it: `.extern` lasts as long and has as much.
    private static let job = [
        [
            "38113", "train.slm", "ada", "proj1", "COMPLETED", "2024-03-15T20:24:16",
            "2024-03-15T20:59:18", "2102",
            "billing=1152,cpu=1152,energy=20543125,gres/gpu:gh200=16,gres/gpu=16,mem=1840000M,node=4",
            "", "nid[001002,001004,001012,001014]", "20543125",
        ],
        [
            "38113.batch", "batch", "", "proj1", "COMPLETED", "2024-03-15T20:24:16",
            "2024-03-15T20:59:18", "2102", "cpu=288,mem=460000M,node=1", "1", "nid001002",
            "5094129",
        ],
        [
            "38113.extern", "extern", "", "proj1", "COMPLETED", "2024-03-15T20:24:16",
            "2024-03-15T20:59:18", "2102", "cpu=1152,node=4", "4",
            "nid[001002,001004,001012,001014]", "20543125",
        ],
        [
            "38113.0", "python", "", "proj1", "COMPLETED", "2024-03-15T20:24:16",
            "2024-03-15T20:59:17", "2101", "cpu=1152,node=4", "16",
            "nid[001002,001004,001012,001014]", "20536917",
        ],
    ]

    /// The job's row with other values.
    private func row(_ changes: [String: String]) -> [String] {
        zip(Self.columns, Self.job[0]).map { changes[$0] ?? $1 }
    }

    private func table(_ rows: [[String]], _ columns: [String] = columns) -> String {
        ([columns] + rows).map { $0.joined(separator: "|") + "\n" }.joined()
    }

    private func read(_ text: String) throws -> [RunRecord] {
        try reading(Array(text.utf8), as: "sacct.txt", SlurmImport.read(path:))
    }

    private func only(_ text: String) throws -> RunRecord {
        let records = try read(text)
        #expect(records.count == 1)
        return try #require(records.first)
    }

    private func message(_ text: String) -> String { words(ofErrorIn: { try read(text) }) }

    @Test("A job is one run with its own energy, to which its steps add nothing")
    func job() throws {
        let run = try only(table(Self.job))
        #expect(run.id.description == "slurm-38113" && run.status == .finished)
        #expect(run.project == "proj1" && run.user == "ada" && run.durationSeconds == 2102)
        #expect(run.account == "proj1")
        // 2024-03-15T20:24:16Z
        #expect(run.started?.unixSeconds == 1_710_534_256)
        #expect(run.ended?.unixSeconds == 1_710_536_358)
        #expect(run.assumed == ["started", "ended", "declared.boundary"])
        #expect(run.declared?.energy == Energy(joules: 20_543_125))
        #expect(run.declared?.boundary == .it && run.declared?.source == "slurm sacct")
        // Stated, not measured, and of several nodes nobody else's meter.
        #expect(run.energy == run.declared?.energy && run.meters.count == 1)
        #expect(run.meters.first?.provenance == .declared && run.meters.first?.boundary == .it)
        #expect(run.isJob && run.meters.first?.identity == nil)
        #expect(run.deviceEnergy.map(\.measured.energy) == [Energy(joules: 20_543_125)])
        #expect(run.hardware?.host == nil)
        #expect(run.hardware?.devices == [.init(kind: "gpu", name: "gh200", count: 16)])
        let slurm = try #require(run.extra["slurm"]?.object)
        #expect(slurm["JobName"] == "train.slm" && slurm["NTasks"] == nil)
        let steps = try #require(slurm["steps"]?.array)
        #expect(steps.map { $0["step"] } == ["batch", "extern", "0"])
        #expect(
            steps.map { $0["ConsumedEnergyRaw"]?.double } == [5_094_129, 20_543_125, 20_536_917]
        )
        #expect(steps.last?["NTasks"] == 16 && steps.last?["ElapsedRaw"] == 2101.0)
    }

    @Test(
        "Slurm's words for an unknown energy are not 0 J",
        arguments: ["", "0", "18446744073709551614", "18446744073709551615", "4294967294"]
    )
    func unknownEnergy(value: String) throws {
        let run = try only(table([row(["ConsumedEnergyRaw": value])]))
        #expect(run.declared == nil && run.assumed == ["started", "ended"])
        let without = Self.columns.filter { $0 != "ConsumedEnergyRaw" }
        #expect(try only(table([Array(Self.job[0].dropLast())], without)).declared == nil)
    }

    @Test("The energy of one node is what a meter of that node and cluster saw")
    func node() throws {
        let one = row(["NodeList": "gpu01"])
        #expect(try only(table([one])).meters.first?.identity == "slurm:/gpu01")
        let run = try only(table([one + ["east"]], Self.columns + ["Cluster"]))
        #expect(run.meters.first?.identity == "slurm:east/gpu01")
        // A node's name makes it no GPU.
        #expect(run.meters.first?.device.description == "slurm:gpu01")
        for nodes in ["n[1-2]", "n1,n2", "", "None assigned"] {
            let run = try only(table([row(["NodeList": nodes])]))
            #expect(run.isJob && run.meters.first?.identity == nil, "\(nodes)")
        }
        let nothing = try only(table([row(["NodeList": "n1", "ConsumedEnergyRaw": "0"])]))
        #expect(nothing.meters.isEmpty && nothing.energy == nil && !nothing.isJob)
    }

    @Test("A job without an energy has none, whatever its steps say")
    func stepsOnly() throws {
        let run = try only(table([row(["ConsumedEnergyRaw": "0"])] + Self.job.dropFirst()))
        #expect(run.declared == nil)
    }

    @Test(
        "States are Slurm's",
        arguments: [
            ("COMPLETED", RunStatus.finished), ("FAILED", .failed), ("NODE_FAIL", .failed),
            ("OUT_OF_MEMORY", .failed), ("TIMEOUT", .killed), ("PREEMPTED", .killed),
            ("CANCELLED by 1000", .killed), ("CANCELLED+", .killed),
        ]
    )
    func states(word: String, status: RunStatus) throws {
        let run = try only(table([row(["State": word])]))
        #expect(run.status == status && run.extra["slurm"]?["State"] == .string(word))
    }

    @Test(
        "Jobs that have not ended are left out with their steps",
        arguments: ["PENDING", "RUNNING"]
    )
    func open(word: String) throws {
        let change = ["JobID": "7_[2-9]", "State": word, "Start": "Unknown", "End": "Unknown"]
        let step = row(["JobID": "7_[2-9].0", "State": word])
        #expect(try only(table([row(change), step] + Self.job)).id.description == "slurm-38113")
        #expect(message(table([row(change)])).contains("holds no job that has ended"))
    }

    @Test("A job that was cancelled before it began has no start")
    func neverBegan() throws {
        let change = [
            "Start": "None", "ElapsedRaw": "0", "State": "CANCELLED by 7", "AllocTRES": "",
        ]
        let run = try only(table([row(change)]))
        #expect(run.started == nil && run.durationSeconds == 0 && run.hardware == nil)
    }

    @Test("Tasks of arrays, parts of a job, and clusters are jobs of their own")
    func names() throws {
        let rows = ["5_1", "5_2", "6+0", "6+1"].map { row(["JobID": $0]) }
        #expect(
            try read(table(rows)).map(\.id.description)
                == ["slurm-5_1", "slurm-5_2", "slurm-6+0", "slurm-6+1"]
        )
        let columns = Self.columns + ["Cluster"]
        let two = ["east", "west"].map { Self.job[0] + [$0] }
        #expect(
            try read(table(two, columns)).map(\.id.description)
                == ["slurm-east-38113", "slurm-west-38113"]
        )
    }

    @Test("GPUs are counted once, with their model where it is told")
    func devices() throws {
        func devices(_ resources: String) throws -> [Hardware.Device]? {
            try only(table([row(["AllocTRES": resources, "NodeList": "n1"])])).hardware?.devices
        }
        #expect(
            try devices("cpu=4,gres/gpu=2,gres/gpumem=80G") == [
                .init(kind: "gpu", name: nil, count: 2)
            ]
        )
        #expect(
            try devices("gres/gpu=3,gres/gpu:a100=2") == [
                .init(kind: "gpu", name: "a100", count: 2), .init(kind: "gpu", name: nil, count: 1),
            ]
        )
        #expect(try devices("cpu=4") == [])
        #expect(try only(table([row(["NodeList": "n1"])])).hardware?.host == "n1")
    }

    @Test("Columns are in any order; --parsable ends each line with one more separator")
    func order() throws {
        let turned = table(Self.job.map { $0.reversed() }, Self.columns.reversed())
        let run = try only(turned.replacing("\n", with: "|\r\n"))
        #expect(try only(table(Self.job)).declared == run.declared)
        #expect(run.extra["slurm"]?["steps"]?.array?.count == 3)
    }

    @Test("Quotes are part of a name, and a mark behind a separator is part of the next one")
    func quotes() throws {
        let marked = try only(table([row(["User": "\u{301}ada"])]))
        #expect(marked.user.map { Array($0.unicodeScalars) } == Array("\u{301}ada".unicodeScalars))
        let run = try only(table([row(["JobName": "\"a\" b"])]))
        #expect(run.extra["slurm"]?["JobName"] == "\"a\" b")
    }

    @Test("A time with its zone is not assumed")
    func zone() throws {
        let run = try only(table([row(["Start": "2024-03-15T21:24:16+0100"])]))
        #expect(run.started?.unixSeconds == 1_710_534_256)
        #expect(run.assumed == ["ended", "declared.boundary"])
    }

    @Test(
        "A bad cell is named by its line, column and reason",
        arguments: [
            ("ConsumedEnergyRaw", "NaN"), ("ConsumedEnergyRaw", "-1"),
            ("ConsumedEnergyRaw", "20.54M"),
            ("ConsumedEnergyRaw", "1e999"), ("ElapsedRaw", "-1"), ("ElapsedRaw", "00:35:02"),
            ("State", "SLEEPING"), ("State", ""), ("JobID", ""), ("Start", "Ystday 10:00"),
            ("Start", "2024-02-30T00:00:00"), ("End", "2024-03-15T20:00:00"),
            ("AllocTRES", "gres/gpu=many"), ("AllocTRES", "gres/gpu:a100"), ("JobID", "1.batch"),
        ]
    )
    func badCell(column: String, value: String) {
        let bad = ["JobID": "1"].merging([column: value]) { $1 }
        let text = message(table([Self.job[0], row(bad)]))
        #expect(text.contains("sacct.txt: line 3: field \(column): "), "\(text)")
    }

    @Test("What is no such table is refused with the reason")
    func noTable() {
        #expect(message("").contains("the file is empty"))
        #expect(message(table([])).contains("holds no job that has ended"))
        let rows = table(Self.job).split(separator: "\n").dropFirst().joined(separator: "\n")
        #expect(message(rows).contains("line 1: field JobID: the column is missing"))
        #expect(
            message(table([Self.job[0], ["a", "b"]])).contains("line 3: 2 fields where the header")
        )
        let again = message(table([Self.job[0], Self.job[0]]))
        #expect(again.contains("line 3: run_id 'slurm-38113' stands on line 2 already"), "\(again)")
        #expect(
            message("JobID           State\n-----\n").contains("field JobID: the column is missing")
        )
    }
}
