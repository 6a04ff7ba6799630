import JouleQuantities
import Testing

@testable import JouleLifecycle

@Suite("Formulae")
struct FormulaTests {
    @Test("F1: watts times hours over a thousand is IT energy in kWh, times PUE is the facility's")
    func energy() throws {
        // Strubell 2019, Table 3, BERT base: 12 041.51 W over 79 h at PUE 1.58.
        let it = EnergyIT(power: Power(watts: 12_041.51), hours: 79)
        #expect(closeTo(it.kilowattHours, 951.27929))
        let pue = try #require(PUE(1.58))
        #expect(closeTo(it.facility(pue: pue).kilowattHours, 1503.0212782))
        #expect(closeTo(it.facility(pue: pue).it(pue: pue).joules, it.joules))
    }

    @Test("F2: a pound per MWh is 0.45359237 g/kWh; methane weighs 28 and nitrous oxide 265")
    func units() {
        #expect(Energy(kilowattHours: 1).joules == 3.6e6)
        let one = GridIntensity<LocationAverage>(poundsPerMegawattHour: 1)
        #expect(one.gramsPerKilowattHour == 0.453_592_37)
        let mixed = GridIntensity<LocationAverage>(poundsCO2: 1, poundsCH4: 1, poundsN2O: 1)
        #expect(closeTo(mixed.gramsPerKilowattHour, 294 * 0.453_592_37))
        // eGRID2023 CAMX, within the rounding of its printed CH4 and N2O.
        let camx = GridIntensity<LocationAverage>(
            poundsCO2: 428.464,
            poundsCH4: 0.025,
            poundsN2O: 0.003
        )
        #expect(closeTo(camx.gramsPerKilowattHour, 195.03, relative: 1e-4))
    }

    @Test("F3: carbon is facility energy times the grid's intensity")
    func carbon() {
        let energy = EnergyFacility(kilowattHours: 2)
        let carbon = energy.carbon(
            at: GridIntensity<LocationAverage>(gramsPerKilowattHour: 57)
        )
        #expect(carbon.grams == 114)
        #expect(carbon.kilograms == 0.114)
    }

    @Test(
        "A PUE below 1, above 3 or not a number is no PUE",
        arguments: [0.0, 0.999, 3.001, 12, -1.2, .nan, .infinity]
    )
    func implausible(value: Double) {
        #expect(PUE(value) == nil)
    }

    @Test("F13: errors of one source add linearly, of different sources in quadrature")
    func uncertainty() {
        var shared = CombinedUncertainty()
        shared.add(joules: 100, relative: 0.1, error: "model:cpu")
        shared.add(joules: 100, relative: 0.1, error: "model:cpu")
        #expect(closeTo(shared.relative, 0.1))
        var independent = CombinedUncertainty()
        independent.add(joules: 100, relative: 0.1, error: "a")
        independent.add(joules: 100, relative: 0.1, error: "b")
        #expect(closeTo(independent.relative, 0.1 / 2.0.squareRoot()))
        independent.add(shared)
        let squares: Double = 10 * 10 + 10 * 10 + 20 * 20
        let expected = squares.squareRoot() / 400
        #expect(closeTo(independent.relative, expected))
    }

    @Test("One part of unknown uncertainty makes the sum's unknown")
    func unknownUncertainty() {
        var sum = CombinedUncertainty()
        sum.add(joules: 100, relative: 0.1, error: "a")
        sum.add(joules: 0.1, relative: nil, error: "b")
        #expect(sum.relative == nil)
        #expect(CombinedUncertainty().relative == nil)
    }

    @Test("A sum has a point only where every term has one, and always its limits")
    func estimates() {
        let known = Estimate(EnergyIT(joules: 5))
        let range = Estimate(
            point: nil,
            low: EnergyIT(joules: 1),
            high: EnergyIT(joules: 3)
        )
        #expect((known + known).point?.joules == 10)
        #expect((known + range).point == nil)
        #expect((known + range).low.joules == 6)
        #expect((known + range).high.joules == 8)
        #expect(Estimate<EnergyIT>.sum([nil, nil]) == nil)
        #expect(Estimate.sum([nil, known])?.point?.joules == 5)
    }
}
