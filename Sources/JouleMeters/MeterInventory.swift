import JouleQuantities

/// What can be measured on this machine by this process, and what cannot and why.
package struct MeterInventory: Sendable {
    /// Readable sources; the index is the meter's number in the sampler and the ledger.
    package let meters: [any EnergyMeter]
    package let absent: [AbsentMeter]

    /// Looks for every source once; reads only files of the kernel.
    ///
    /// A model stands in for a counter only where there is none: never both for one device.
    package static func discover(roots: SystemRoots = .live) -> MeterInventory {
        let cpu = CPUFacts(roots: roots)
        let limits = ProcessLimits(roots: roots)
        let rapl = RAPLDiscovery(roots: roots, cpu: cpu)
        var meters: [any EnergyMeter] = rapl.meters
        var absent = rapl.absent
        if !rapl.measuresProcessors {
            let model = CPUModelMeter(roots: roots, cpu: cpu, limits: limits)
            do throws(MeterError) {
                _ = try model.read(at: Instant(nanoseconds: 0))
                meters.append(model)
            } catch {
                let reason = "the model needs the processors' busy time: \(error)"
                absent.append(
                    AbsentMeter(source: CPUModelMeter.source, reason: reason, remedy: nil)
                )
            }
        }
        if !rapl.measuresMemory, let model = MemoryModelMeter(roots: roots, limits: limits) {
            meters.append(model)
        }
        return MeterInventory(
            meters: meters,
            absent: absent + AbsentSources.list(roots: roots)
        )
    }

    package init(meters: [any EnergyMeter], absent: [AbsentMeter]) {
        self.meters = meters
        self.absent = absent
    }
}
