import Testing

@testable import worked_examples

@Suite("Names of quantities")
struct QuantityNameTests {
    @Test(
        "A name says its unit, the size of it, and the words of its role",
        arguments: [
            ("energy_mwh", Unit(.energy), 1e3, []),
            ("train_onsite_ML", Unit(.volume), 1e6, ["training", "onsite"]),
            ("req_onsite_mL", Unit(.volume), 1e-3, ["request", "onsite"]),
            ("gross_tco2e", Unit(.mass), 1e6, ["location"]),
            ("gpu_energy", Unit(.energy), 1, ["device"]),
            ("gpu_hours", Unit(.time), 1, ["device"]),
            ("gpus", Unit(.count), 1, ["device"]),
            ("price_low_usd_per_gpu_h", Unit(.money, per: .time), 1, ["price", "low", "device"]),
            ("price_low", Unit(.money, per: .time), 1, ["price", "low"]),
            ("wue_l_per_it_kwh", Unit(.volume, per: .energy), 1, ["wue", "it"]),
            ("kg_per_billion_tokens", Unit(.mass, per: .count), 1e-6, ["token"]),
            ("g_per_1e15_flop", Unit(.mass, per: .count), 1e-15, ["flop"]),
            ("requests_per_500mL", Unit(.count, per: .volume), 2, ["request"]),
            ("emissions_rate", Unit(.mass, per: .time), 3.6e6, []),
            ("kg_sb", Unit(.antimony), 1e3, []),
            ("days_per_year", Unit(.time, per: .years), 24, []),
            ("load_factor", Unit(.number), 1, ["load", "factor"]),
        ] as [(String, Unit, Double, Set<String>)]
    )
    func parts(text: String, unit: Unit, scale: Double, words: Set<String>) {
        let name = QuantityName(text)
        #expect(name.unit == unit)
        #expect(abs(name.scale / scale - 1) < 1e-12)
        #expect(name.words == words)
    }
}
