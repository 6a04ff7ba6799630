package import JouleQuantities
import JouleSystem

/// The audit's lines, in joules and, for runs without energy, in seconds.
package struct AuditTotals: Sendable, Hashable {
    /// An amount of work: joules where they are known, seconds of the runs where they are not.
    package struct Amount: Sendable, Hashable {
        package var joules = 0.0
        package var secondsWithoutEnergy = 0.0

        mutating func add(_ cost: RunCost) {
            if let joules = cost.joules {
                self.joules += joules
            } else {
                secondsWithoutEnergy += cost.seconds ?? 0
            }
        }

        static func + (left: Amount, right: Amount) -> Amount {
            Amount(
                joules: left.joules + right.joules,
                secondsWithoutEnergy: left.secondsWithoutEnergy + right.secondsWithoutEnergy
            )
        }
    }

    /// Every execution once.
    package private(set) var total = Amount()
    /// Avoidable by strength of proof.
    package private(set) var avoidable: [Finding.Proof: Amount] = [:]
    /// What each run could have been spared, by equal bits or inputs; nil where its energy is not
    /// known.
    package private(set) var avoidableByRun: [RunID: Energy?] = [:]
    package private(set) var hindsight = Amount()
    package private(set) var lostWork = Amount()
    package private(set) var concurrent = Amount()
    package private(set) var undetermined = Amount()
    /// Part of what is not waste.
    package private(set) var review = Amount()
    /// Executions whose energy is not known.
    package private(set) var runsWithoutEnergy = 0
    /// Executions whose energy was assumed upstream.
    package private(set) var runsWithAssumedEnergy = 0

    /// What a run could have been spared.
    struct Spared {
        fileprivate let nameRank: Int32
        fileprivate let joules: Double
    }

    /// Adds up `charges`, of each run the one on the first line, and fills `spared` in the order of names.
    init(_ charges: [Charge], _ spared: inout [Spared], on workers: Workers) {
        let keys = charges.indices.map { place in
            let charge = charges[place]
            return (rank: charge.run.nameRank, line: charge.line.rank, place: place)
        }
        var last: Int32?
        for key in workers.sorted(keys, by: <) where key.rank != last {
            let charge = charges[key.place]
            last = key.rank
            add(charge)
            if charge.line == .avoidable, charge.proof != .statistical {
                spared.append(Spared(nameRank: key.rank, joules: charge.cost.joules ?? 0))
            }
        }
    }

    /// Adds runs, in the order of their names: sums depend on order in their last bits.
    mutating func add(_ runs: [Expense]) {
        for run in runs {
            total.add(run.cost)
            runsWithoutEnergy += run.cost.joules == nil ? 1 : 0
            runsWithAssumedEnergy += run.cost.isAssumed ? 1 : 0
        }
    }

    private mutating func add(_ charge: Charge) {
        switch charge.line {
        case .avoidable:
            avoidable[charge.proof, default: Amount()].add(charge.cost)
            guard charge.proof != .statistical else { return }
            avoidableByRun.updateValue(
                charge.cost.joules.map { Energy(joules: $0) },
                forKey: charge.run.id
            )
        case .hindsight: hindsight.add(charge.cost)
        case .lostWork: lostWork.add(charge.cost)
        case .concurrent: concurrent.add(charge.cost)
        case .undetermined: undetermined.add(charge.cost)
        case .review: review.add(charge.cost)
        case .notWaste: break
        }
    }

    /// Proven by equal bits.
    package var avoidableLow: Amount { avoidable[.bit] ?? Amount() }
    /// Proven by equal bits or by equal configuration, code and data.
    package var avoidableCentral: Amount { avoidableLow + (avoidable[.config] ?? Amount()) }
    /// With repetitions whose proof lacks a fact.
    package var avoidableHigh: Amount {
        avoidableCentral + (avoidable[.statistical] ?? Amount())
    }

    /// What no line claims, not even in the high case.
    package var notWaste: Amount {
        let claimed = avoidableHigh + hindsight + lostWork + concurrent + undetermined
        return Amount(
            joules: max(0, total.joules - claimed.joules),
            secondsWithoutEnergy: max(0, total.secondsWithoutEnergy - claimed.secondsWithoutEnergy)
        )
    }
}

extension ArraySlice<AuditTotals.Spared> {
    /// Tells the next runs, in the order of their names, what they could have been spared.
    mutating func tell(_ runs: inout [Expense]) {
        for place in runs.indices {
            while let first, first.nameRank < runs[place].nameRank { removeFirst() }
            guard let first else { return }
            if first.nameRank == runs[place].nameRank { runs[place].avoidableJoules = first.joules }
        }
    }
}

extension Finding.Line {
    fileprivate var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}
