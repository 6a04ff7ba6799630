package import JouleFile
package import JouleQuantities

/// A run that somebody is about to start.
package struct PreflightQuestion: Sendable {
    /// What is known of the run.
    ///
    /// Facts left out weaken the answer, which names them.
    /// Runs with the same `id` are its own ranks and never an answer.
    package var run: RunRecord
    /// Whether facts that are not stated are simply not known.
    let isPartial: Bool

    /// Asks about a run whose record has been drawn up, all facts captured.
    package init(_ run: RunRecord) {
        self.run = run
        isPartial = false
    }

    /// Asks from a few facts, as the command line does.
    package init(
        project: String? = nil,
        entry: String? = nil,
        config: JSONObject,
        seed: JSON? = nil,
        codeTree: String? = nil,
        dataFingerprint: String? = nil
    ) {
        isPartial = true
        run = RunRecord(id: Self.unnamed, status: .running)
        run.project = project
        run.config = config
        run.seed = seed
        if entry != nil || codeTree != nil {
            run.code = CodeIdentity(entry: entry, tree: codeTree)
        }
        run.data = dataFingerprint.map { DataIdentity(fingerprint: $0) }
    }

    /// How the seed that was given contradicts that of the configuration; nil where it does not.
    package var seedContradiction: String? {
        guard let given = run.seed, given != .null, let own = run.config?["seed"], own != .null,
            CanonicalValue.ofSeed(given) != CanonicalValue.ofSeed(own)
        else { return nil }
        return "\(given.text()) contradicts the configuration, whose seed is \(own.text())"
    }

    /// The name of a run that has none yet.
    private static var unnamed: RunID {
        guard let id = RunID("-") else { preconditionFailure("\"-\" is a valid name") }
        return id
    }
}
