/// A family of server processors and what one of its hardware threads draws.
///
/// Watts per thread, idle and at full load, are the coefficients of Cloud Carbon Footprint
/// (ccf-coefficients at b0032d928c78, Apache-2.0), which divide SPECpower_ssj2008 results of whole
/// servers by their threads. They hold a share of the server's memory, fans and power supply.
struct Microarchitecture: Sendable, Hashable {
    let name: String
    let idleWatts: Double
    let fullWatts: Double

    private init(_ name: String, _ idleWatts: Double, _ fullWatts: Double) {
        self.name = name
        self.idleWatts = idleWatts
        self.fullWatts = fullWatts
    }

    /// The microarchitecture by the identification that virtual machines pass through; nil when
    /// the table has none.
    init?(_ cpu: CPUFacts) {
        let found: Microarchitecture? =
            switch cpu.vendor {
            case "GenuineIntel" where cpu.family == 6: Self.intel(cpu)
            case "AuthenticAMD": Self.amd(cpu)
            case "0x41": Self.arm(cpu)
            default: nil
            }
        guard let found else { return nil }
        self = found
    }

    /// By the model numbers of Linux' `arch/x86/include/asm/intel-family.h`.
    private static func intel(_ cpu: CPUFacts) -> Microarchitecture? {
        switch cpu.modelNumber {
        case 42, 45: Microarchitecture("Sandy Bridge", 2.212, 8.631)
        case 58, 62: Microarchitecture("Ivy Bridge", 1.707, 5.557)
        case 60, 63, 69, 70: Microarchitecture("Haswell", 1.857, 5.595)
        case 61, 71, 79, 86: Microarchitecture("Broadwell", 0.713, 3.685)
        case 85 where (cpu.stepping ?? 0) >= 5: Microarchitecture("Cascade Lake", 0.690, 4.063)
        case 78, 85, 94: Microarchitecture("Skylake", 0.613, 4.104)
        case 142, 158: Microarchitecture("Coffee Lake", 1.138, 5.422)
        case 106, 108: Microarchitecture("Ice Lake", 0.767, 3.758)
        case 143: Microarchitecture("Sapphire Rapids", 1.036, 4.160)
        case 207: Microarchitecture("Emerald Rapids", 0.814, 4.482)
        case 173, 174: Microarchitecture("Granite Rapids", 0.582, 2.527)
        default: nil
        }
    }

    private static func amd(_ cpu: CPUFacts) -> Microarchitecture? {
        guard let family = cpu.family, let model = cpu.modelNumber else { return nil }
        switch (family, model) {
        case (23, 0...15): return Microarchitecture("EPYC 1st Gen", 0.847, 2.604)
        case (23, 48...63): return Microarchitecture("EPYC 2nd Gen", 0.474, 1.693)
        case (25, 0...15): return Microarchitecture("EPYC 3rd Gen", 0.456, 1.957)
        case (25, 16...31), (25, 160...175):
            return Microarchitecture("EPYC 4th Gen", 0.739, 2.282)
        // The table's row for the fifth generation (3.68 and 8.96 W) is several times its
        // neighbours and rests on few results; the fourth stands in for it.
        case (26, 0...31): return Microarchitecture("EPYC 5th Gen", 0.739, 2.282)
        default: return nil
        }
    }

    /// Neoverse N1, V1 and V2, for which the table has the coefficients of Graviton.
    private static func arm(_ cpu: CPUFacts) -> Microarchitecture? {
        switch cpu.part {
        case "0xd0c": Microarchitecture("Graviton2", 0.474, 1.693)
        case "0xd40": Microarchitecture("Graviton3", 0.474, 1.693)
        case "0xd4f": Microarchitecture("Graviton4", 0.474, 1.693)
        default: nil
        }
    }
}
