import JouleFile
import JouleMeters
import JouleQuantities
import JouleTestSupport
import Joulebook
import Testing

@Suite("Jobs of Slurm that are put back into the queue")
struct RestartedJobTests: ~Copyable {
    let directory = TemporaryDirectory()

    /// A run of a job, from its start to its end.
    private func run(
        _ status: RunStatus,
        job: String = "77",
        restarts: Int = 0,
        rank: Int? = nil,
        lr: JSON = 0.1,
        arguments: [String] = ["train.py"],
        more: [String: String] = [:]
    ) throws -> RunID {
        var environment = ["SLURM_JOB_ID": job, "SLURM_RESTART_COUNT": "\(restarts)"]
        if let rank {
            environment["SLURM_STEP_ID"] = "\(restarts)"
            environment["SLURM_PROCID"] = "\(rank)"
            environment["SLURM_NTASKS"] = "2"
        }
        var options = RunOptions()
        options.directory = directory.path
        options.arguments = arguments
        options.isQuiet = true
        options.captures = [.arguments, .environment]
        let run = try Run.start(
            project: "p",
            config: ["lr": lr, "seed": 0],
            options: options,
            environment: ProcessEnvironment(environment.merging(more) { $1 }),
            meters: { _ in .none }
        )
        try run.finish(status: status)
        return run.id
    }

    @Test("A job goes on with what it did not finish", arguments: [RunStatus.killed, .failed])
    func goesOn(status: RunStatus) throws {
        let first = try run(status)
        let second = try run(.killed, restarts: 1)
        #expect(second == first)
        #expect(try run(.finished, restarts: 3) == first)
        #expect(try run(.finished, restarts: 4) != first, "the last attempt finished it")
    }

    @Test("Other work than what was interrupted is another run")
    func otherWork() throws {
        let first = try run(.killed)
        #expect(try run(.killed) != first, "the job has not begun again")
        #expect(try run(.killed, job: "78", restarts: 1) != first)
        #expect(try run(.killed, restarts: 1, lr: 0.2) != first)
        #expect(try run(.killed, restarts: 1, arguments: ["test.py"]) != first)
        #expect(try run(.killed, restarts: 1, more: ["SLURM_CLUSTER_NAME": "b"]) != first)
        #expect(try run(.killed, restarts: 1, more: ["JOULEBOOK_RUN_ID": "mine"]) != first)
    }

    @Test("Of what one attempt did twice, each is gone on with once")
    func twice() throws {
        let before = try [run(.killed), run(.killed)]
        let after = try [run(.killed, restarts: 1), run(.killed, restarts: 1)]
        #expect(Set(after) == Set(before))
        #expect(try !before.contains(run(.killed, restarts: 1)))
    }

    @Test("Ranks go on together, also one that had kept nothing, whatever number the step has")
    func ranks() throws {
        let first = try run(.killed, rank: 0, arguments: ["train.py", "0"])
        #expect(try run(.killed, restarts: 1, rank: 1, arguments: ["train.py", "1"]) == first)
        #expect(try run(.killed, restarts: 1, rank: 0, arguments: ["train.py", "0"]) == first)
        let zero = try run(.finished, restarts: 2, rank: 0, arguments: ["train.py", "0"])
        let one = try run(.finished, restarts: 2, rank: 1, arguments: ["train.py", "1"])
        #expect(zero == first && one == first)
        #expect(try run(.killed, restarts: 3, rank: 0) != first)
    }

    @Test("A rank follows those of its program alone")
    func otherRanks() throws {
        let preparing = try run(.killed, arguments: ["prepare.py"])
        #expect(try run(.killed, restarts: 1, rank: 0) != preparing)
        let first = try run(.killed, job: "78", rank: 0)
        #expect(try run(.killed, job: "78", restarts: 1, rank: 1, lr: 0.3) != first)
        let other = try run(.killed, job: "78", restarts: 1, rank: 1, arguments: ["test.py"])
        #expect(other != first)
        let wider = ["SLURM_NTASKS": "4"]
        #expect(try run(.killed, job: "78", restarts: 1, rank: 1, more: wider) != first)
        #expect(try run(.killed, job: "78", restarts: 1, rank: 1) == first)
    }
}
