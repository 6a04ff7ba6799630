package import JouleQuantities

extension RunRecord {
    /// The run of `joulebook run` in whose window this one was logged; nil for a run of its own.
    package var enclosingRun: RunID? {
        (env?["JOULEBOOK_PARENT_RUN"]?.string).flatMap { RunID($0) }
    }
}

extension [RunRecord] {
    /// The runs, with energy that was measured from outside and from within counted once.
    ///
    /// `joulebook run` measures a program from start to end. Where the program logs runs of its
    /// own, what they measured is taken out of the enclosing run, meter by meter and never below
    /// zero, so that sums over all runs hold every joule once.
    package func countingEnclosedEnergyOnce() -> [RunRecord] {
        var inner: [RunID: [RunRecord]] = [:]
        for run in self {
            if let outer = run.enclosingRun, outer != run.id {
                inner[outer, default: []].append(run)
            }
        }
        guard !inner.isEmpty else { return self }
        return map { run in
            var run = run
            for part in inner[run.id] ?? [] where run.encloses(part) { run.subtract(part) }
            return run
        }
    }
}

extension RunRecord {
    /// Whether `part` began within this run's time; a program left behind may begin runs later.
    fileprivate func encloses(_ part: RunRecord) -> Bool {
        guard let started, let began = part.started, began >= started else { return false }
        return ended.map { began <= $0 } ?? true
    }

    fileprivate mutating func subtract(_ part: RunRecord) {
        var isMetered = false
        for item in part.deviceEnergy where part.meters.indices.contains(item.meter) {
            let meter = part.meters[item.meter]
            let place = deviceEnergy.firstIndex { own in
                meters.indices.contains(own.meter) && isSame(meters[own.meter], meter, as: part)
            }
            guard let place else { continue }
            isMetered = true
            let rest = deviceEnergy[place].measured.energy.joules - item.measured.energy.joules
            deviceEnergy[place].measured.energy = Energy(joules: Swift.max(0, rest))
        }
        if isMetered { energy = meters.total(of: deviceEnergy)?.energy }
    }

    /// Whether two descriptions are of one physical meter.
    private func isSame(
        _ own: MeterDescription,
        _ other: MeterDescription,
        as part: RunRecord
    ) -> Bool {
        if let left = own.identity, let right = other.identity { return left == right }
        return own.device == other.device && hardware?.host == part.hardware?.host
    }
}
