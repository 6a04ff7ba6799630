package import JouleQuantities

/// One observation of the audit: a run, its evidence, and a verdict on the energy.
package struct Finding: Sendable, Hashable {
    package enum Class: String, Sendable, Hashable, CaseIterable {
        case recordCopy = "record_copy"
        /// The same checkpoint on the same data, evaluated again.
        case reEvaluation = "re_evaluation"
        case resume
        case failedRetry = "failed_retry"
        case exactRerun = "exact_rerun"
        case gridOverlap = "grid_overlap"
        case configEquivalent = "config_equivalent"
        case codeEquivalent = "code_equivalent"
        /// Only the budget differs, and the epochs that both did are equal bit for bit.
        case prefixExtension = "prefix_extension"
        /// The seed changed nothing.
        case seedInert = "seed_inert"
        /// More seeds than the noise asks for.
        case excessReplicate = "excess_replicate"
        /// A key of the configuration changed nothing.
        case deadKnob = "dead_knob"
        /// One number differs a little, and the result by no more than the seeds make it.
        case nearDuplicate = "near_duplicate"
    }

    /// What shows that two runs are the same work, ordered from the weakest.
    package enum Proof: String, Sendable, Hashable, Comparable, CaseIterable {
        /// Something that identifies the work is not known.
        case statistical
        /// All that goes into the work is equal.
        case config
        /// All that came out is equal, bit for bit, and says enough to be no coincidence.
        case bit

        package static func < (left: Proof, right: Proof) -> Bool { left.rank < right.rank }

        private var rank: Int {
            switch self {
            case .statistical: 0
            case .config: 1
            case .bit: 2
            }
        }

        /// One step down: what a missing fact costs.
        var weakened: Proof { self == .bit ? .config : .statistical }
    }

    /// Which of the audit's lines the energy goes to.
    package enum Line: String, Sendable, Hashable, CaseIterable {
        /// The evidence was finished when the run started.
        case avoidable
        /// Only the run's own result showed that it was a repetition.
        case hindsight
        /// Done, lost with a failure, and done again.
        case lostWork = "lost_work"
        /// The evidence was not yet finished when the run started.
        case concurrent
        /// The order of the two runs is not known.
        case undetermined
        /// Legitimate as far as anything shows, but worth a look; part of what is not waste.
        case review
        case notWaste = "not_waste"
    }

    package var `class`: Class
    package var proof: Proof
    package var line: Line
    package var run: RunID
    package var evidence: RunID
    /// Joules on the line; nil when the energy or the order is not known.
    package var wasteJoules: Double?
    /// Stands in for joules where they are not known; nil when the order is not known.
    package var wasteSeconds: Double?
    /// The energy was assumed upstream, not measured.
    package var energyIsAssumed = false
    /// The energy was computed by a model or declared, not measured.
    package var energyIsModelled = false
    package var differences: [Difference] = []
    /// When the evidence ended.
    package var evidenceEnded: WallTime?
    /// Leading epochs with equal bits; nil when one of the runs recorded no epoch metrics.
    package var epochsIdentical: Int?
    /// Facts whose absence weakens the proof.
    package var missing: [String] = []
    var words: FindingWords = .text("")

    /// For a person; made anew each time.
    package var explanation: String {
        get { words.text(of: self) }
        set { words = .text(newValue) }
    }

    package var json: JSON {
        [
            "class": .string(`class`.rawValue),
            "proof": .string(proof.rawValue),
            "run_id": .string(run.description),
            "of": .string(evidence.description),
            "waste_j": .orNull(wasteJoules),
            "differs": .array(differences.map(\.json)),
            "explanation": .string(explanation),
            "line": .string(line.rawValue),
            "waste_s": .orNull(wasteSeconds),
            "energy_assumed": .bool(energyIsAssumed),
            "energy_modelled": .bool(energyIsModelled),
            "of_ended": .orNull(evidenceEnded?.unixSeconds),
            "epochs_identical": epochsIdentical.map { .integer(Int64($0)) } ?? .null,
            "missing": .array(missing.map(JSON.string)),
        ]
    }
}
