package import JouleQuantities

/// What is published of a device: its power limit (TDP) and its peak throughput at one precision.
package struct DeviceRating: Sendable, Hashable {
    package let power: Power
    package let teraflops: Double

    package init(power: Power, teraflops: Double) {
        self.power = power
        self.teraflops = teraflops
    }

    /// F16: energy of the same operations on `other` over that on this device,
    /// (TDP' / peak') / (TDP / peak).
    ///
    /// Taken for granted is that both reach the same share of their peak and draw the same share of
    /// their TDP. Source: joules per operation, Desislavov et al. 2023, arXiv:2109.05472.
    package func energyRatio(to other: DeviceRating) -> Double {
        other.power.watts / other.teraflops / (power.watts / teraflops)
    }

    /// F16: time of the same operations on as many of `other` over that on this device,
    /// peak / peak'.
    package func timeRatio(to other: DeviceRating) -> Double { teraflops / other.teraflops }

    /// By which factor either ratio may be off, up or down: the highest share of the peak that
    /// large trainings reached over the lowest, 46.2 % over 21.3 %.
    ///
    /// Source: Chowdhery et al. 2022 (PaLM), arXiv:2204.02311, table 3.
    package static let spread = 46.2 / 21.3
}
