import JouleConformance

/// Runs a campaign over vectors on all cores and says what came of it.
struct Campaigns {
    /// Files of a directory of vectors that a reader finds whole.
    let vectors: [(name: String, files: Vector.Files)]

    init(_ directory: String) throws {
        vectors = try Vector.good.map { vector in
            let path = "\(directory)/\(vector.name).joule"
            let ring = try? Vector.bytes(path + ".ring")
            return (vector.name, Vector.Files(ledger: try Vector.bytes(path), ring: ring))
        }
    }

    /// A campaign over one vector; its number tells its files from those of others.
    typealias Case =
        @Sendable (_ name: String, _ files: Vector.Files, _ place: CasePlace) throws
        -> Verdict

    func run(_ title: String, _ body: @escaping Case) async throws -> Bool {
        let clock = ContinuousClock()
        let start = clock.now
        var sum = Verdict()
        try await withThrowingTaskGroup(of: Verdict.self) { group in
            for (name, files) in vectors {
                group.addTask {
                    let place = CasePlace("\(title)-\(name)")
                    defer { place.remove() }
                    return try body(name, files, place)
                }
            }
            for try await verdict in group { sum.add(verdict) }
        }
        let seconds = (clock.now - start) / .seconds(1)
        for example in sum.examples { print("  \(example)") }
        print(
            "\(title): \(vectors.count) vectors, \(sum.cases) cases, \(sum.undetected) undetected, "
                + "\(sum.wrong) wrong, \(sum.lostMore) lost more than they may, "
                + "\((seconds * 10).rounded() / 10) s"
        )
        return sum.isPerfect
    }
}

extension Campaigns {
    /// Vectors that a writer has to go on behind: with a torn tail, a ring, or both.
    func killed(step: Int) async throws -> Bool {
        let program = CommandLine.arguments[0]
        let names = ["ring-rows", "ring-covered", "ring-wrapped", "torn", "resume-empty"]
        let tail = Array(
            "the beginning of a block that never ended, longer than a RESUME block is; ".utf8
        )
        let torn = vectors.filter { names.contains($0.name) }.flatMap { name, files in
            [
                (name, files),
                (
                    name + "-tail",
                    Vector.Files(ledger: files.ledger + tail + tail, ring: files.ring)
                ),
            ]
        }
        return try await Campaigns(vectors: torn).run("kill") { name, files, place in
            try KilledReopening.verdict(
                of: files.ledger,
                ring: files.ring,
                name,
                in: place,
                program: program,
                step: step
            )
        }
    }

    private init(vectors: [(name: String, files: Vector.Files)]) {
        self.vectors = vectors
    }
}
