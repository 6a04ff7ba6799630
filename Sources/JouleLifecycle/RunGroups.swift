import JouleFile
import JouleQuantities

/// Runs that differ in nothing but amounts, added up before any factor is applied to them.
///
/// F1 to F3 are linear in the energy, so that runs of one frame, year, stage and status come to the same
/// together as one by one. That takes a tenth of the time, among millions of runs.
struct RunGroups {
    private struct Group {
        /// Any of them.
        let run: RunFacts
        let year: Int?
        /// Nil where such runs are to be looked at one by one.
        let meters: Meters?
        /// Where the sums of its meters are.
        let sums: Range<Int>
        var seconds = 0.0
        var tally = RunTally()
    }

    /// What is the same of the meters of all runs of a frame.
    private final class Meters {
        /// Those of which each joule counts once, where all have a value.
        let counted: [Int]
        let worldSize: Int?

        init(counted: [Int], worldSize: Int?) {
            self.counted = counted
            self.worldSize = worldSize
        }
    }

    /// Of one meter.
    private struct Sum {
        var joules = 0.0
        /// Joules times their relative uncertainty; nil once one is not known.
        var error: Double? = 0

        var isFinite: Bool { joules.isFinite && error?.isFinite ?? true }

        func adding(_ measured: MeasuredEnergy) -> Sum {
            // Nothing at all has no error.
            guard measured.energy.joules > 0 else { return self }
            let joules = measured.energy.joules
            let relative = measured.uncertaintyRelative.flatMap {
                $0.isFinite && $0 >= 0 ? $0 : nil
            }
            return Sum(
                joules: self.joules + joules,
                error: error.flatMap { error in relative.map { error + joules * $0 } }
            )
        }
    }

    /// By what its runs have in common.
    private var table = HashTable()
    private var groups: [Group] = []
    private var sums: [Sum] = []
    /// Whether it is told of each run what cannot be right of its site.
    private let tellsSites: Bool

    init(tellingSites: Bool) { tellsSites = tellingSites }

    /// Takes a run, unless it has to be looked at by itself.
    mutating func take(_ run: RunFacts, _ view: (RunFacts) -> FrameView) -> Bool {
        let energies = run.deviceEnergy
        guard !energies.isEmpty, let seconds = run.seconds, seconds > 0 else { return false }
        let place = place(of: run, view)
        guard let meters = groups[place].meters,
            let seen = Self.seen(energies, groups[place].sums.count, meters),
            !EnergyCheck.isOdd(run, joules: seen.joules, seconds: seconds, meters.worldSize)
        else { return false }
        let with = zip(energies, groups[place].sums).map { sums[$1].adding($0.measured) }
        // What is too much to be added up would take the others' with it.
        guard with.allSatisfy(\.isFinite), (groups[place].seconds + seconds).isFinite else {
            return false
        }
        for (sum, with) in zip(groups[place].sums, with) { sums[sum] = with }
        groups[place].seconds += seconds
        groups[place].tally.add(
            coverage: seen.coverage,
            seconds: seconds,
            isUncertain: seen.isUncertain
        )
        return true
    }

    /// Hands each group to `body` as if it were one run.
    func forEach(_ body: (RunFacts, RunTally) -> Void) {
        for group in groups where group.tally.runs > 0 {
            let energies = zip(0..., sums[group.sums]).map { meter, sum in
                DeviceEnergy(
                    meter: meter,
                    measured: MeasuredEnergy(
                        energy: Energy(joules: sum.joules),
                        coverage: 1,
                        uncertaintyRelative: sum.joules > 0
                            ? sum.error.map { $0 / sum.joules } : nil
                    )
                )
            }
            body(RunFacts(like: group.run, seconds: group.seconds, energies), group.tally)
        }
    }

    private mutating func place(of run: RunFacts, _ view: (RunFacts) -> FrameView) -> Int {
        let year = run.started?.year
        let (place, isNew) = table.number(of: Self.hash(run, year)) { [groups] place in
            let other = groups[place].run
            return groups[place].year == year && other.stage == run.stage
                && other.status == run.status && other.isSelected == run.isSelected
                && other.frame == run.frame
        }
        guard isNew else { return place }
        let meters = meters(of: run, view(run))
        let count = meters == nil ? 0 : run.meters.count
        groups.append(
            Group(run: run, year: year, meters: meters, sums: sums.count..<sums.count + count)
        )
        sums += repeatElement(Sum(), count: count)
        return place
    }

    /// Words are hashed slowly; how long they are nearly tells them apart.
    private static func hash(_ run: RunFacts, _ year: Int?) -> Int {
        let words = (run.stage?.rawValue.utf8.count ?? 0) << 8 | run.status.rawValue.utf8.count
        let rest = UInt(bitPattern: (year ?? 0) << 16 | words).multipliedFullWidth(
            by: 0x9E37_79B9_7F4A_7C15
        )
        return run.frame.contentHash ^ Int(bitPattern: rest.high ^ rest.low)
    }

    /// Nil where runs like this one have to be looked at by themselves.
    private func meters(of run: RunFacts, _ view: FrameView) -> Meters? {
        guard run.declared == nil, !run.isJob, run.meters.count <= UInt64.bitWidth,
            // IT energy inside of a facility's is compared by itself.
            run.meters.allSatisfy({ $0.boundary != .facility }),
            view.site(inYearOf: run.started, statedPUE: nil).isRight || !tellsSites
        else { return nil }
        return Meters(counted: view.counted { _ in true }, worldSize: run.worldSize)
    }

    private struct Seen {
        var joules = 0.0
        var coverage = 1.0
        var isUncertain = false
    }

    /// What counts of the energies of a run; nil unless each meter, in order, has one that can be
    /// counted.
    private static func seen(_ energies: [DeviceEnergy], _ count: Int, _ meters: Meters) -> Seen? {
        guard energies.count == count else { return nil }
        for meter in energies.indices {
            let energy = energies[meter]
            guard energy.meter == meter, energy.measured.isUsable else { return nil }
        }
        var seen = Seen()
        for meter in meters.counted {
            let measured = energies[meter].measured
            seen.joules += measured.energy.joules
            seen.coverage = min(seen.coverage, measured.coverage)
            if measured.uncertaintyRelative == nil, measured.energy.joules > 0 {
                seen.isUncertain = true
            }
        }
        return seen.joules > 0 ? seen : nil
    }
}
