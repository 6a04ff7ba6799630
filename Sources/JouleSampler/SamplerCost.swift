import Synchronization

/// What the sampler itself used.
package struct SamplerCost: Sendable, Hashable {
    /// Processor time of the sampler's threads.
    package var cpuNS: Int64 = 0
    /// Rounds in which all meters of a lane were read.
    package var rounds = 0
    /// Readings that failed.
    package var failures = 0
}

extension EnergySampler {
    /// The cost up to the last round of readings.
    package var cost: SamplerCost {
        lanes.reduce(into: SamplerCost()) { cost, lane in
            cost.cpuNS &+= lane.cpuNS.load(ordering: .relaxed)
            cost.rounds &+= lane.rounds.load(ordering: .relaxed)
            cost.failures &+= lane.failures.load(ordering: .relaxed)
        }
    }
}
