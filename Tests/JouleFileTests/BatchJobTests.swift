import JouleQuantities
import JouleTestSupport
import Testing

@testable import JouleFile

@Suite("Jobs of Slurm beside the runs in them")
struct BatchJobTests {
    private static let startNS: Int64 = 1_772_000_000_000_000_000

    /// An hour.
    private func job(_ number: String, _ joules: Double, node: String? = "n1") throws -> RunRecord {
        try record("slurm-\(number)", joules, 0, 3600, node.map { "slurm:/\($0)" }, isJob: true)
    }

    private func record(
        _ id: String,
        _ joules: Double,
        _ from: Int64,
        _ to: Int64,
        _ identity: String?,
        isJob: Bool = false
    ) throws -> RunRecord {
        var run = RunRecord(id: try #require(RunID(id)), status: .finished)
        run.started = WallTime(unixNanoseconds: Self.startNS + from * 1_000_000_000)
        run.ended = WallTime(unixNanoseconds: Self.startNS + to * 1_000_000_000)
        run.meters = [
            MeterDescription(
                device: DeviceID(isJob ? "slurm:n1" : "gpu:0"),
                source: isJob ? RunRecord.jobSource : "nvml",
                provenance: isJob ? .declared : .counter,
                boundary: isJob ? .it : .device,
                identity: identity
            )
        ]
        let energy = Energy(joules: joules)
        let measured = MeasuredEnergy(energy: energy, coverage: 1, uncertaintyRelative: nil)
        run.deviceEnergy = [DeviceEnergy(meter: 0, measured: measured)]
        run.energy = energy
        return run
    }

    private func run(
        _ id: String,
        _ joules: Double,
        _ from: Int64 = 0,
        _ to: Int64 = 600,
        in variables: [String: String],
        gpu: String? = nil
    ) throws -> RunRecord {
        var run = try record(id, joules, from, to, gpu ?? "GPU-\(id)")
        var env = JSONObject()
        for (name, value) in variables { env["SLURM_" + name] = .string(value) }
        run.env = env
        return run
    }

    private func energies(_ runs: [RunRecord], wanted: Set<RunID>? = nil) -> [String: Double] {
        let reconciled = ReconciledRuns(runs, wanted: wanted).runs
        return Dictionary(
            uniqueKeysWithValues: reconciled.map {
                ($0.id.description, $0.deviceEnergy.first?.measured.energy.joules ?? .nan)
            }
        )
    }

    @Test("Jobs that shared a node have its energy once, jobs on different nodes each their own")
    func sharedNode() throws {
        let shared = energies([try job("1", 1000), try job("2", 1000), try job("3", 7, node: "n2")])
        #expect(shared == ["slurm-1": 500, "slurm-2": 500, "slurm-3": 7])
        // Of several nodes none is known to be another's.
        let wide = energies([try job("1", 1000, node: nil), try job("2", 1000, node: nil)])
        #expect(wide == ["slurm-1": 1000, "slurm-2": 1000])
    }

    @Test(
        "A job has what the runs in it did not measure, by whichever name it is called",
        arguments: [
            ("38113", ["JOB_ID": "38113"]), ("38113", ["JOB_ID": "38113", "CLUSTER_NAME": "east"]),
            ("east-38113", ["JOB_ID": "38113", "CLUSTER_NAME": "east"]),
            ("5_1", ["JOB_ID": "38113", "ARRAY_JOB_ID": "5", "ARRAY_TASK_ID": "1"]),
        ]
    )
    func rest(number: String, variables: [String: String]) throws {
        let inside = [
            try run("a", 100, in: variables), try run("b", 250, 700, 900, in: variables),
            try run("other", 9, in: ["JOB_ID": "7"]),
        ]
        let all = [try job(number, 1000)] + inside
        let expected = ["slurm-\(number)": 650, "a": 100, "b": 250, "other": 9.0]
        #expect(energies(all) == expected && energies(all.reversed()) == expected)
        let name = try #require(RunID("slurm-\(number)"))
        #expect(energies(all, wanted: [name])["slurm-\(number)"] == 650)
        let shared = try #require(ReconciledRuns(all).sharing[name])
        #expect(shared.measured?.joules == 1000 && shared.counted?.joules == 650)
        #expect(shared.reasons == [.enclosed] && shared.others.map(\.description) == ["a", "b"])
        #expect(shared.seconds == 800 && shared.contradiction == nil)
    }

    @Test("Runs in a job that shared a GPU are taken off once")
    func sharedInside() throws {
        let inside = try ["a", "b"].map {
            try run($0, 300, in: ["JOB_ID": "1"], gpu: "GPU-x")
        }
        let all = [try job("1", 1000)] + inside
        #expect(energies(all) == ["slurm-1": 700, "a": 150, "b": 150])
        let name = try #require(RunID("slurm-1"))
        #expect(energies(all, wanted: [name])["slurm-1"] == 700)
    }

    @Test("Two jobs on one node are divided before what runs measured is taken off")
    func both() throws {
        let inside = try run("a", 100, in: ["JOB_ID": "1"])
        let all = [try job("1", 1000), try job("2", 1000), inside]
        #expect(energies(all) == ["slurm-1": 400, "slurm-2": 500, "a": 100])
    }

    @Test("More inside a job than it has is a contradiction, and never less than nothing")
    func contradiction() throws {
        let all = [try job("1", 1000), try run("a", 1500, in: ["JOB_ID": "1"])]
        #expect(energies(all) == ["slurm-1": 0, "a": 1500])
        let shared = ReconciledRuns(all).sharing[all[0].id]
        #expect(shared?.contradiction == 0.5)
    }

    @Test("A number that was given again, a run without energy and a copy change nothing")
    func unrelated() throws {
        let day: Int64 = 86_400
        let later = try run("a", 100, 10 * day, 10 * day + 600, in: ["JOB_ID": "1"])
        #expect(energies([try job("1", 1000), later])["slurm-1"] == 1000)
        var lost = try run("b", 100, in: ["JOB_ID": "1"])
        lost.energy = nil
        lost.deviceEnergy = []
        #expect(energies([try job("1", 1000), lost])["slurm-1"] == 1000)
        let copy = try ReconciledRuns([job("1", 9), job("1", 9), run("c", 5, in: ["JOB_ID": "1"])])
        #expect(copy.runs.map { $0.energy?.joules } == [9, 9, 5])
    }
}
