/// Money in one currency.
package struct Money: Sendable, Hashable {
    package var amount: Double
    /// ISO 4217 code.
    package let currency: String

    package init(_ amount: Double, _ currency: String) {
        self.amount = amount
        self.currency = currency
    }

    /// The sum, nil between currencies: no rate is assumed.
    package func adding(_ other: Money) -> Money? {
        currency == other.currency ? Money(amount + other.amount, currency) : nil
    }
}

/// Hours of devices, not of the wall clock: devices · hours.
package struct DeviceHours: Sendable, Hashable {
    package let hours: Double

    package init(_ hours: Double) {
        self.hours = hours
    }

    package init(devices: Double, hours: Double) {
        self.hours = devices * hours
    }
}

extension Money {
    /// F9 for rented machines: device-hours · price, electricity inside.
    ///
    /// Source: Strubell et al. 2019, arXiv:1906.02243, Table 3.
    package static func rent(_ use: DeviceHours, pricePerHour: Money) -> Money {
        Money(use.hours * pricePerHour.amount, pricePerHour.currency)
    }

    /// F9 for own machines: E_facility · tariff; never added to a rent.
    ///
    /// Source: Strubell et al. 2019, arXiv:1906.02243, § 4.
    package static func electricity(_ energy: EnergyFacility, tariffPerKWh: Money) -> Money {
        Money(energy.kilowattHours * tariffPerKWh.amount, tariffPerKWh.currency)
    }

    /// F9 backwards: the energy that a stated bill paid for; nil for a tariff of nothing.
    package func energy(tariffPerKWh: Money) -> EnergyFacility? {
        guard currency == tariffPerKWh.currency, tariffPerKWh.amount > 0 else { return nil }
        return EnergyFacility(kilowattHours: amount / tariffPerKWh.amount)
    }
}
