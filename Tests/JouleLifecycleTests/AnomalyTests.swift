import Testing

@testable import JouleLifecycle

@Suite("Anomalies")
struct AnomalyTests {
    @Test("Llama 3.3's 12.9 t for 7 M hours at 700 W are 2.6 g/kWh, which no grid has")
    func intensity() {
        let energy = EnergyFacility(kilowattHours: 4.9e6)
        #expect(
            Anomalies.intensity(grams: 12.9e6, of: energy, at: "x")?.kind == "implied_intensity"
        )
        #expect(Anomalies.intensity(grams: 2040e6, of: energy, at: "x") == nil)
        // Contracts may cover everything; the place where it was used may not be free of carbon.
        #expect(Anomalies.intensity(grams: 0, of: energy, isMarketBased: true, at: "x") == nil)
        #expect(Anomalies.intensity(grams: 0, of: energy, at: "x") != nil)
        #expect(Anomalies.intensity(grams: 1, of: .zero, at: "x") != nil)
    }

    @Test("A contradiction by a power of ten is a slip of the unit, another one is told as it is")
    func slips() {
        #expect(Anomalies.published(0.13, computed: 130, at: "x")?.kind == "unit_slip")
        #expect(Anomalies.published(3000, computed: 30_000, at: "x")?.kind == "unit_slip")
        #expect(Anomalies.published(230, computed: 287.8, at: "x")?.kind == "published_vs_computed")
        #expect(Anomalies.published(.nan, computed: 1, at: "x") != nil)
        #expect(Anomalies.published(1, computed: .infinity, at: "x") != nil)
    }

    @Test("What rounding explains is no contradiction")
    func rounding() {
        #expect(Anomalies.published(15, computed: 15.16, at: "x") == nil)
        #expect(Anomalies.published(28, computed: 28.54, at: "x") == nil)
        #expect(Anomalies.published(340, computed: 360.1, at: "x") != nil)
    }

    @Test("Parts beside a total: too little is hidden, too much is counted twice")
    func parts() {
        #expect(Anomalies.parts(385.08, total: 539, unit: "t", at: "x")?.kind == "parts_vs_total")
        #expect(Anomalies.parts(600, total: 539, unit: "t", at: "x") != nil)
        #expect(Anomalies.parts(538.9, total: 539, unit: "t", at: "x") == nil)
        #expect(Anomalies.parts(.nan, total: 539, unit: "t", at: "x") != nil)
    }

    @Test("No device takes 700 kW, nor less than nothing")
    func power() {
        #expect(Anomalies.power(wattsPerDevice: 700, at: "x") == nil)
        #expect(Anomalies.power(wattsPerDevice: 700e3, at: "x")?.kind == "implausible_power")
        #expect(Anomalies.power(wattsPerDevice: -1, at: "x") != nil)
        #expect(Anomalies.power(wattsPerDevice: .nan, at: "x") != nil)
    }

    @Test(
        "A printed number leaves half a unit of its last digit open",
        arguments: [
            (0.026, 0.0005, 2, true), (1507, 0.5, 4, false), (340, 5, 2, false),
            (2.5e-7, 0.5e-8, 2, true), (1e20, 0.5e20, 1, false), (0, 0, 0, false),
            (-12.5, 0.05, 3, true), (.infinity, 0, 0, false), (.leastNonzeroMagnitude, 0, 1, true),
        ] as [(Double, Double, Int, Bool)]
    )
    func printed(value: Double, half: Double, digits: Int, hasFraction: Bool) {
        let printed = PrintedNumber(value)
        #expect(abs(printed.halfUnit - half) <= half * 1e-9)
        #expect(printed.significantDigits == digits)
        #expect(printed.hasFraction == hasFraction)
    }

    @Test("A value may round to a fraction of two digits, not to an integer or a single digit")
    func rounds() {
        #expect(PrintedNumber(0.026).isRounding(of: 0.02574, printed: 0.026))
        #expect(!PrintedNumber(0.026).isRounding(of: 0.0254, printed: 0.026))
        #expect(!PrintedNumber(0.03).isRounding(of: 0.0295, printed: 0.03))
        #expect(!PrintedNumber(23).isRounding(of: 22.9, printed: 23))
    }
}
