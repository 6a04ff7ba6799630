package import JouleQuantities

/// A counter of the powercap tree, as the privileged helper opens it.
package struct RAPLCounter: Sendable {
    package let device: DeviceID
    /// The device that already contains this one's energy.
    package let enclosedBy: DeviceID?
    /// The file that holds it, in microjoules.
    package let path: String
    /// Its highest value, after which it continues from 0; nil when the kernel does not say.
    package let range: UInt64?
    /// The highest power that the device can draw, with a wide margin.
    package let powerMax: Power?

    /// Those that this process may read, and what is known of the others.
    package static func all(
        roots: SystemRoots
    ) -> (counters: [RAPLCounter], absent: [AbsentMeter]) {
        let found = RAPLDiscovery(roots: roots, cpu: CPUFacts(roots: roots), covered: [])
        let counters = found.meters.map { meter in
            RAPLCounter(
                device: meter.description.device,
                enclosedBy: meter.description.enclosedBy,
                path: meter.path,
                range: meter.range,
                powerMax: meter.powerMax
            )
        }
        return (counters, found.absent)
    }

    /// The number that such a file holds; nil for anything else.
    package static func microjoules(in content: ArraySlice<UInt8>) -> UInt64? {
        KernelFile.number(in: content)
    }
}
