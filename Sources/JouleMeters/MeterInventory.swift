/// What can be measured on this machine by this process, and what cannot and why.
package struct MeterInventory: Sendable {
    /// Readable sources; the index is the meter's number in the sampler and the ledger.
    package let meters: [any EnergyMeter]
    package let absent: [AbsentMeter]

    /// Looks for every source once; reads only files of the kernel.
    package static func discover(roots: SystemRoots = .live) -> MeterInventory {
        let cpu = CPUFacts(roots: roots)
        let rapl = RAPLDiscovery(roots: roots, cpu: cpu)
        return MeterInventory(meters: rapl.meters, absent: rapl.absent)
    }

    package init(meters: [any EnergyMeter], absent: [AbsentMeter]) {
        self.meters = meters
        self.absent = absent
    }
}
