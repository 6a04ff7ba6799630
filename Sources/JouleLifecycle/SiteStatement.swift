import JouleQuantities

/// What the user states of a site besides its region and PUE; nil where nothing is stated.
package struct SiteStatement: Sendable {
    /// Water evaporated on site.
    package let wue: WaterIntensity<ITSide>?
    /// Water that generating the electricity took.
    package let ewif: WaterIntensity<FacilitySide>?
    /// Land that generating the electricity took.
    package let land: LandIntensity?
    /// Price of a kWh of the facility's electricity.
    package let tariff: Money?
    package let purchase: Purchase?

    /// Nothing is stated.
    package init() {
        wue = nil
        ewif = nil
        land = nil
        tariff = nil
        purchase = nil
    }

    /// In litres, square metres and money per kWh; throws for what no site has.
    package init(
        wue: Double? = nil,
        ewif: Double? = nil,
        land: Double? = nil,
        tariff: Money? = nil,
        purchase: Purchase? = nil
    ) throws(LifecycleError) {
        if let wue, !Plausible.wue.contains(wue) {
            throw .implausible("WUE", wue, Plausible.wue, "litres of water per kWh of IT energy")
        }
        if let ewif, !Plausible.ewif.contains(ewif) {
            throw .implausible("EWIF", ewif, Plausible.ewif, "litres of water per kWh generated")
        }
        if let land, !Plausible.land.contains(land) {
            throw .implausible("land", land, Plausible.land, "square metres per kWh generated")
        }
        if let tariff, !Plausible.tariff.contains(tariff.amount) {
            throw .implausible("tariff", tariff.amount, Plausible.tariff, "money per kWh")
        }
        self.wue = wue.map { WaterIntensity(litresPerKilowattHour: $0) }
        self.ewif = ewif.map { WaterIntensity(litresPerKilowattHour: $0) }
        self.land = land.map { LandIntensity(squareMetresPerKilowattHour: $0) }
        self.tariff = tariff
        self.purchase = purchase
    }

    /// What figures stand on, for a person.
    var stated: [String] {
        var parts: [String] = []
        if let wue {
            parts.append("WUE \(Figure.number(wue.litresPerKilowattHour)) L/kWh of IT energy")
        }
        if let ewif {
            let litres = Figure.number(ewif.litresPerKilowattHour)
            parts.append("EWIF \(litres) L/kWh of facility energy")
        }
        if let land {
            let metres = Figure.number(land.squareMetresPerKilowattHour)
            parts.append("land \(metres) m²/kWh of facility energy")
        }
        if let tariff {
            let price = Figure.number(tariff.amount)
            parts.append("tariff \(price) \(tariff.currency)/kWh of facility energy")
        }
        if let purchase { parts.append(purchase.sentence) }
        return parts
    }
}

extension Impact {
    /// F7, on site; nil where no WUE is stated or no energy known.
    package func waterOnSite(_ site: SiteStatement) -> Estimate<Water>? {
        site.wue.flatMap { wue in it?.map { $0.water(at: wue) } }
    }

    /// F7, where the electricity was generated.
    package func waterOffSite(_ site: SiteStatement) -> Estimate<Water>? {
        site.ewif.flatMap { ewif in facility?.map { $0.water(at: ewif) } }
    }

    /// F7: both halves; nil unless both are known.
    package func water(_ site: SiteStatement) -> Estimate<Water>? {
        guard let onSite = waterOnSite(site), let offSite = waterOffSite(site) else { return nil }
        return onSite + offSite
    }

    /// F8, of the land where the electricity was generated.
    package func land(_ site: SiteStatement) -> Estimate<Land>? {
        site.land.flatMap { land in facility?.map { $0.land(at: land) } }
    }

    /// F4 by the year; nil where some of the energy has no intensity, or none is known.
    ///
    /// Without contracts, what a series says of the hours was bought in the year, too.
    package func marketCarbon(_ site: SiteStatement) -> Estimate<CarbonMass<MarketBased>>? {
        guard let facility else { return nil }
        if site.purchase?.contracts.isEmpty ?? true, let carbon = matched.annual(of: facility) {
            return carbon
        }
        guard let purchase = site.purchase, let low = purchase.carbon(of: facility.low),
            let high = purchase.carbon(of: facility.high)
        else { return nil }
        return Estimate(point: facility.point.flatMap(purchase.carbon), low: low, high: high)
    }

    /// F9 for own machines: what the facility's electricity cost, in the tariff's currency.
    package func cost(_ site: SiteStatement) -> Estimate<Amount<OneCurrency>>? {
        site.tariff.flatMap { tariff in
            facility?.map { Amount(Money.electricity($0, tariffPerKWh: tariff).amount) }
        }
    }
}
