/// Which of a job's processes this one is.
package struct Rank: Sendable, Equatable {
    package let number: Int
    /// Processes of the job; nil when the launcher does not say.
    package let worldSize: Int?

    /// What Slurm calls the step of the shell that `salloc` starts on a node.
    private static let shellStep = "4294967290"

    /// Nil for a process that stands alone.
    package init?(_ environment: ProcessEnvironment) {
        // Slurm sets its rank in a batch script and in a shell of salloc too; only a step has siblings.
        let isStep = ![nil, Self.shellStep].contains(environment["SLURM_STEP_ID"])
        let sources =
            [("RANK", "WORLD_SIZE"), ("OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE")]
            + (isStep ? [("SLURM_PROCID", "SLURM_NTASKS")] : [])
            + [("PMI_RANK", "PMI_SIZE")]
        for (rankName, sizeName) in sources {
            guard let number = environment[rankName].flatMap({ Int32($0) }), number >= 0 else {
                continue
            }
            let size = environment[sizeName].flatMap { Int32($0) }
            if let size, size <= 1 || number >= size { return nil }
            self.number = Int(number)
            self.worldSize = size.map(Int.init)
            return
        }
        return nil
    }
}
