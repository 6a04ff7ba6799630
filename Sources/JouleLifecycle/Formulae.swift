package import JouleQuantities

extension SiteEnergy where Side == ITSide {
    /// F1, first half: E_IT[kWh] = P[W] · h / 1000.
    ///
    /// `power` is the sum over the devices. Source: Patterson et al. 2021, arXiv:2104.10350.
    package init(power: Power, hours: Double) {
        self.init(kilowattHours: power.watts * hours / 1000)
    }

    /// F1, second half: E_facility = E_IT · PUE; the only place where a PUE is applied.
    ///
    /// Source: The Green Grid, ISO/IEC 30134-2.
    package func facility(pue: PUE) -> EnergyFacility {
        EnergyFacility(joules: joules * pue.value)
    }
}

extension SiteEnergy where Side == FacilitySide {
    /// F1 backwards: E_IT = E_facility / PUE, for facility energies that state their PUE.
    package func it(pue: PUE) -> EnergyIT {
        EnergyIT(joules: joules / pue.value)
    }

    /// F3 for one run: C = E_facility · EF, in the signal of EF.
    ///
    /// Source: SCI (ISO/IEC 21031:2024); GHG Protocol scope 2, location-based method.
    package func carbon<Signal>(at intensity: GridIntensity<Signal>) -> CarbonMass<Signal> {
        CarbonMass(grams: kilowattHours * intensity.gramsPerKilowattHour)
    }
}

extension GridIntensity {
    /// F2: lb/MWh · 0.45359237 = g/kWh.
    package init(poundsPerMegawattHour: Double) {
        self.init(gramsPerKilowattHour: poundsPerMegawattHour * 0.453_592_37)
    }

    /// F2: CO2e = CO2 + 28·CH4 + 265·N2O, all in lb/MWh.
    ///
    /// The weights are the 100-year warming potentials of AR5, as used by US EPA eGRID.
    package init(poundsCO2: Double, poundsCH4: Double, poundsN2O: Double) {
        self.init(poundsPerMegawattHour: poundsCO2 + 28 * poundsCH4 + 265 * poundsN2O)
    }
}
