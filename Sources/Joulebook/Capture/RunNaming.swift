import Glibc
import JouleFile
package import JouleQuantities
import JouleSystem

/// Finds the run id on which all ranks of a job agree without talking to each other.
package struct RunNaming: Sendable {
    /// Names this process's siblings, for jobs whose launcher gives them nothing in common.
    package var launcher: String?
    private let environment: ProcessEnvironment

    /// `launcher` identifies the parent process; nil when that cannot be read.
    package init(_ environment: ProcessEnvironment, launcher: String?) {
        self.environment = environment
        self.launcher = launcher
    }

    /// The id of the `ordinal`-th run (from 1) that this process starts in `project`.
    ///
    /// What the ranks share is hashed together with project and ordinal, so that two runs of one
    /// process differ and two projects never meet. Without anything shared: 128 random bits.
    package func id(project: String, ordinal: Int) -> RunID {
        guard let shared else { return Self.random() }
        let text = "joulebook.run-id/1\n\(shared)\n\(project)\n\(ordinal)"
        return RunID(String(ContentHash.sha256Hex(text).prefix(32))) ?? Self.random()
    }

    /// What all ranks of this job, and no other job, have in common.
    package var shared: String? {
        if let id = environment["JOULEBOOK_RUN_ID"] { return "joulebook:\(id)" }
        return torchelastic ?? slurmStep
    }

    private var torchelastic: String? {
        guard let id = environment["TORCHELASTIC_RUN_ID"], environment["RANK"] != nil else {
            return nil
        }
        // A restart is another attempt. Address and port are the ranks' meeting point, and tell two
        // launches under one id apart.
        let attempt = ["TORCHELASTIC_RESTART_COUNT", "MASTER_ADDR", "MASTER_PORT", "SLURM_JOB_ID"]
            .map { environment[$0] ?? "" }
        let job = (["torchelastic:\(id)"] + attempt).joined(separator: "\n")
        let size = environment["WORLD_SIZE"]
        if size != nil, size == environment["LOCAL_WORLD_SIZE"], let launcher {
            return job + "\n" + launcher
        }
        // Without --rdzv-id torchrun calls every job "none", which several machines cannot share.
        guard id != "none" else { return slurmStep.map { job + "\n" + $0 } }
        return job
    }

    private var slurmStep: String? {
        // A step of one task has nobody to agree with, and may be a shell that starts many runs.
        guard let job = environment["SLURM_JOB_ID"], let step = environment["SLURM_STEP_ID"],
            Rank(environment) != nil
        else { return nil }
        let restart = environment["SLURM_RESTART_COUNT"] ?? "0"
        let cluster = environment["SLURM_CLUSTER_NAME"] ?? ""
        return "slurm:\(cluster)\n\(job)\n\(step)\n\(restart)"
    }

    static func random() -> RunID {
        var generator = SystemRandomNumberGenerator()
        let bytes = (0..<16).map { _ in UInt8.random(in: 0...255, using: &generator) }
        // 32 hexadecimal digits are a valid id; the fallback is never taken.
        return RunID(hex(bytes)) ?? random()
    }
}

/// Counts the runs that this process has started in each project, alike on every rank.
enum StartCounter {
    private static let counts = Lock<[String: Int]>([:])

    static func next(project: String) -> Int {
        // A child forked while another thread counted finds the lock held for ever; it counts as 1.
        counts.withLockSoon { counts in
            counts[project, default: 0] += 1
            return counts[project, default: 1]
        } ?? 1
    }
}
