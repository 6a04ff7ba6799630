import Testing

@testable import JouleLifecycle

/// Whether two quantities have one type, and so could be added; asked of the compiler.
private func adds<Quantity: Summable>(_: Quantity, _: Quantity) -> Bool { true }
private func adds(_: Any, _: Any) -> Bool { false }

/// What a call means that the library does not have.
private struct NoSuchFormula {}

extension SiteEnergy {
    // Chosen by the compiler where the library has nothing nearer to offer.
    fileprivate func facility(pue: PUE) -> NoSuchFormula { NoSuchFormula() }
    fileprivate func water<Other>(at: WaterIntensity<Other>) -> NoSuchFormula { NoSuchFormula() }
}

@Suite("Formulae of carbon, embodied, water and cost")
struct ImpactFormulaTests {
    @Test("Unlike amounts have unlike types: no sum of them compiles")
    func unlikeAmounts() {
        #expect(adds(EnergyIT.zero, EnergyIT.zero))
        #expect(!adds(EnergyIT.zero, EnergyFacility.zero))
        #expect(!adds(CarbonMass<LocationAverage>.zero, CarbonMass<Marginal>.zero))
        #expect(!adds(CarbonMass<LocationAverage>.zero, CarbonMass<MarketBased>.zero))
        #expect(!adds(CarbonMass<LocationAverage>.zero, EmbodiedCarbon.zero))
        #expect(!adds(Water.zero, WorldEquivalentWater.zero))
    }

    @Test("F1: a PUE applies to IT energy, once: facility energy takes no further one")
    func pueOnce() throws {
        let pue = try #require(PUE(1.5))
        let once: EnergyFacility = EnergyIT(joules: 2).facility(pue: pue)
        #expect(once.joules == 3)
        // `as Any`, because the compiler knows the answer already.
        #expect(once.facility(pue: pue) as Any is NoSuchFormula)
    }

    @Test("F4: contracts carry their own intensity, the rest the residual mix")
    func annual() throws {
        let used = EnergyFacility(kilowattHours: 100)
        let wind = EnergyContract(
            energy: EnergyFacility(kilowattHours: 60),
            intensity: GridIntensity(gramsPerKilowattHour: 10)
        )
        let residual = GridIntensity<MarketBased>(gramsPerKilowattHour: 500)
        let mass = try #require(
            CarbonMass.annual(used: used, contracts: [wind], residual: residual)
        )
        #expect(closeTo(mass.grams, 60 * 10 + 40 * 500))
        #expect(
            CarbonMass.annual(used: used, contracts: [wind, wind], residual: residual) == nil,
            "contracts for more than was used cover somebody else's use"
        )
    }

    @Test("F4: hourly matching carries no surplus over to another hour")
    func hourly() {
        let residual = GridIntensity<MarketBased>(gramsPerKilowattHour: 400)
        let hours = [(1.0, 3.0), (2.0, 0.0)].map { used, free in
            MatchedHour(
                used: EnergyFacility(kilowattHours: used),
                carbonFree: EnergyFacility(kilowattHours: free),
                residual: residual
            )
        }
        // As much was bought as was used, and the second hour still counts in full.
        #expect(CarbonMass.hourly(hours).grams == 800)
        #expect(CarbonMass.hourly([]).grams == 0)
    }

    @Test(
        "F5: an hour of a life of four years is 1/35040 of its making; BLOOM's servers give 7.58 t"
    )
    func embodied() throws {
        let hour = try #require(
            LifeShare(lifetimeHours: 4 * YearHours.days365, reservedHours: 1)
        )
        #expect(closeTo(EmbodiedCarbon(35_040_000).amortised(over: hour).value, 1000))
        // Luccioni 2022: 2500 kg a server, 6 years, 85 % used, 1 082 990 GPU-hours, 8 GPUs a server.
        let bloom = try #require(
            LifeShare(
                lifetimeHours: 6 * YearHours.days365,
                reservedHours: 1_082_990,
                resources: 1.0 / 8,
                utilisation: 0.85
            )
        )
        let servers = EmbodiedCarbon(2.5e6).amortised(over: bloom)
        #expect(closeTo(servers.value / 1e6, 7.57, relative: 0.005))
        #expect(Water(8).amortised(over: bloom).value == 8 * bloom.value)
    }

    @Test(
        "F5: no life, no share and no utilisation that nothing has",
        arguments: [
            (0.0, 1.0, 1.0, 1.0), (-1, 1, 1, 1), (.nan, 1, 1, 1), (1, -1, 1, 1), (1, 1, -1, 1),
            (1, 1, 1, 0), (1, 1, 1, 1.01), (.infinity, 1, 1, 1), (1, .nan, 1, 1),
        ]
    )
    func noShare(life: Double, reserved: Double, resources: Double, used: Double) {
        #expect(
            LifeShare(
                lifetimeHours: life,
                reservedHours: reserved,
                resources: resources,
                utilisation: used
            ) == nil
        )
    }

    @Test("F5: lifetimes of 3 to 5 years at 30 to 60 % are a spread of 3.3 times")
    func sensitivity() throws {
        let table = EmbodiedCarbon(2e6).sensitivity(
            lifetimeYears: [3, 5],
            utilisation: [0.3, 0.6]
        )
        #expect(table.count == 4)
        let rates = table.map(\.gramsPerHour)
        let low = try #require(rates.min())
        let high = try #require(rates.max())
        #expect(closeTo(high / low, 10.0 / 3))
        #expect(closeTo(low, 76.1, relative: 1e-3))
    }

    @Test("F6: SCI without functional units, or with none of them, is nil")
    func noUnit() {
        let carbon = SoftwareCarbon(
            operational: CarbonMass<LocationAverage>(grams: 3),
            embodied: EmbodiedCarbon(1)
        )
        #expect(carbon.intensity(per: nil) == nil)
        for amount in [nil, 0, -1, .nan, .infinity] as [Double?] {
            #expect(FunctionalUnit(amount, "request") == nil)
        }
        #expect(carbon.intensity(per: FunctionalUnit(2, "request")) == 2)
    }

    @Test("F6: components add only where their functional units are identical")
    func components() {
        let carbon = SoftwareCarbon(
            operational: CarbonMass<LocationAverage>(grams: 3),
            embodied: EmbodiedCarbon(1)
        )
        let unit = FunctionalUnit(4, "request")
        #expect(SoftwareCarbon.intensity(of: [(carbon, unit), (carbon, unit)]) == 2)
        let others = [nil, FunctionalUnit(5, "request"), FunctionalUnit(4, "token")]
        for other in others {
            #expect(SoftwareCarbon.intensity(of: [(carbon, unit), (carbon, other)]) == nil)
        }
        #expect(SoftwareCarbon<LocationAverage>.intensity(of: []) == nil)
    }

    @Test("F7: water on site goes by IT energy, water of generation by the facility's")
    func water() throws {
        // Li 2023, Arizona: 1287 MWh, WUE 1.63, PUE 1.18, EWIF 4.959.
        let it = EnergyIT(kilowattHours: 1_287_000)
        let pue = try #require(PUE(1.18))
        let onSite = WaterIntensity<ITSide>(litresPerKilowattHour: 1.63)
        let generation = WaterIntensity<FacilitySide>(litresPerKilowattHour: 4.959)
        let here: Water = it.water(at: onSite)
        let there: Water = it.facility(pue: pue).water(at: generation)
        #expect(closeTo((here + there).value, 9.629e6, relative: 1e-4))
        #expect(it.facility(pue: pue).water(at: onSite) as Any is NoSuchFormula)
    }

    @Test(
        "F8: a mix weights by its shares, which sum to 1; a source without a value leaves no mean"
    )
    func mix() throws {
        let mix = try #require(GenerationMix(["wind": 0.25, "coal": 0.75]))
        #expect(mix.mean(of: ["wind": 0, "coal": 2]) == 1.5)
        #expect(mix.mean(of: ["wind": 0]) == nil)
        #expect(GenerationMix(["wind": 0.5, "coal": 0.4]) == nil)
        #expect(GenerationMix(["wind": 1.5, "coal": -0.5]) == nil)
        #expect(GenerationMix([:]) == nil)
    }

    @Test("F9: hours of devices cost their price, energy its tariff; currencies never mix")
    func cost() {
        // Strubell 2019: 64 V100 for 79 h at 0.74 to 2.48 USD.
        let hours = DeviceHours(devices: 64, hours: 79)
        #expect(closeTo(Money.rent(hours, pricePerHour: Money(0.74, "USD")).amount, 3741.44))
        let tariff = Money(0.12, "USD")
        let bill = Money.electricity(EnergyFacility(kilowattHours: 50), tariffPerKWh: tariff)
        #expect(closeTo(bill.amount, 6))
        #expect(closeTo(bill.energy(tariffPerKWh: tariff)?.kilowattHours, 50))
        #expect(bill.energy(tariffPerKWh: Money(0, "USD")) == nil)
        #expect(bill.energy(tariffPerKWh: Money(1, "EUR")) == nil)
        #expect(bill.adding(Money(1, "EUR")) == nil)
        #expect(bill.adding(Money(1, "USD"))?.amount == bill.amount + 1)
    }

    @Test("F14: GPT-3's 552 t for 3.14e23 operations are 1.76 kg an exaFLOP")
    func exaFLOP() {
        let carbon = CarbonMass<LocationAverage>(grams: 552.1e6)
        #expect(closeTo(carbon.gramsPerExaFLOP(of: 3.14e23), 1758, relative: 1e-3))
        #expect(carbon.gramsPerExaFLOP(of: 0) == nil)
    }
}
