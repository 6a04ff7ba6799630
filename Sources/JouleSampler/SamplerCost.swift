import Synchronization

/// What the sampler itself used, and what it could not keep.
package struct SamplerCost: Sendable, Hashable {
    /// Processor time of the sampler's threads.
    package var cpuNS: Int64 = 0
    /// Rounds in which all meters of a lane were read.
    package var rounds = 0
    /// Readings that failed.
    package var failures = 0
    /// Window edges for which a queue had no room.
    package var edgesDropped = 0
    /// Windows that were opened while too many others were.
    package var windowsDropped = 0
}

extension EnergySampler {
    /// The cost up to the last round of readings.
    package var cost: SamplerCost {
        lanes.reduce(into: SamplerCost()) { cost, lane in
            cost.cpuNS &+= lane.cpuNS.load(ordering: .relaxed)
            cost.rounds &+= lane.rounds.load(ordering: .relaxed)
            cost.failures &+= lane.failures.load(ordering: .relaxed)
            cost.edgesDropped &+= lane.edgesDropped.load(ordering: .relaxed)
            cost.windowsDropped &+= lane.windowsDropped.load(ordering: .relaxed)
        }
    }
}
