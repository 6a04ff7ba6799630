package import JouleQuantities

/// What a run may use; each limit is optional, and one at least is given.
public struct Budget: Sendable, Hashable {
    /// Kilowatt-hours that the run's meters may count.
    public var energyKWh: Double?
    /// Kilograms of CO₂e of that energy; needs `kgPerKWh`.
    public var carbonKg: Double?
    /// US dollars that this energy may cost; needs `usdPerKWh`.
    public var usd: Double?
    /// Carbon intensity of the electricity.
    public var kgPerKWh: Double?
    /// Price of the electricity.
    public var usdPerKWh: Double?
    /// What happens when a limit is exceeded.
    public var onExceed = Action.warn

    /// What happens when a limit is exceeded.
    public enum Action: String, Sendable, CaseIterable {
        /// A line on standard error.
        case warn
        /// The same, and `Run.shouldStop` becomes true; the training loop ends by itself.
        case stop
        /// The program was told, and decides.
        case call
    }

    /// No limit yet.
    public init(
        energyKWh: Double? = nil,
        carbonKg: Double? = nil,
        usd: Double? = nil,
        kgPerKWh: Double? = nil,
        usdPerKWh: Double? = nil,
        onExceed: Action = .warn
    ) {
        self.energyKWh = energyKWh
        self.carbonKg = carbonKg
        self.usd = usd
        self.kgPerKWh = kgPerKWh
        self.usdPerKWh = usdPerKWh
        self.onExceed = onExceed
    }
}

/// A limit that a run has exceeded, or will exceed.
public struct BudgetEvent: Sendable, Hashable {
    /// What is limited.
    public enum Quantity: String, Sendable, CaseIterable {
        /// Kilowatt-hours.
        case energy = "energy_kwh"
        /// Kilograms of CO₂e.
        case carbon = "carbon_kg"
        /// US dollars.
        case cost = "usd"
    }

    /// Why it is told.
    public enum Kind: String, Sendable, CaseIterable {
        /// More than the limit was used.
        case exceeded
        /// Even the low end of the forecast is above the limit, which is not used up yet.
        case forecast
    }

    /// Why it is told.
    public let kind: Kind
    /// What is limited.
    public let quantity: Quantity
    /// The limit, in the unit of the quantity.
    public let limit: Double
    /// What was used, or the low end of the forecast.
    public let value: Double
    /// What the run did about it; a forecast is a warning always.
    public let action: Budget.Action
}

extension Budget {
    /// A limit as energy.
    struct Limit: Sendable {
        let quantity: BudgetEvent.Quantity
        let amount: Double
        /// Of the quantity's unit, for one joule.
        let perJoule: Double
    }

    static let joulesPerKWh = 3.6e6
    /// Above what any grid emits, times any PUE.
    private static let kgPerKWhMax = 5.0

    /// The limits, once checked.
    func limits() throws(RunError) -> [Limit] {
        try Self.check(kgPerKWh, "kg_per_kwh")
        if let kgPerKWh, kgPerKWh > Self.kgPerKWhMax {
            throw .argumentInvalid(
                name: "kg_per_kwh",
                reason: "must be \(Self.kgPerKWhMax) at the most, not \(kgPerKWh); "
                    + "it is kilograms, not grams"
            )
        }
        try Self.check(usdPerKWh, "usd_per_kwh")
        try Self.check(energyKWh, "energy_kwh")
        try Self.check(carbonKg, "carbon_kg")
        try Self.check(usd, "usd")
        var limits: [Limit] = []
        if let energyKWh { limits.append(Self.limit(.energy, energyKWh, perKWh: 1)) }
        if let carbonKg {
            guard let kgPerKWh else {
                throw .argumentInvalid(
                    name: "carbon_kg",
                    reason: "needs a carbon intensity: state kg_per_kwh, or the run's region"
                )
            }
            limits.append(Self.limit(.carbon, carbonKg, perKWh: kgPerKWh))
        }
        if let usd {
            guard let usdPerKWh else {
                throw .argumentInvalid(
                    name: "usd",
                    reason: "needs the price of a kilowatt-hour: state usd_per_kwh"
                )
            }
            limits.append(Self.limit(.cost, usd, perKWh: usdPerKWh))
        }
        guard !limits.isEmpty else {
            throw .argumentInvalid(
                name: "budget",
                reason: "limits nothing; give energy_kwh, carbon_kg or usd"
            )
        }
        return limits
    }

    private static func limit(
        _ quantity: BudgetEvent.Quantity,
        _ amount: Double,
        perKWh: Double
    ) -> Limit {
        Limit(quantity: quantity, amount: amount, perJoule: perKWh / joulesPerKWh)
    }

    private static func check(_ value: Double?, _ name: String) throws(RunError) {
        guard let value, !(value.isFinite && value >= 0) else { return }
        throw .argumentInvalid(name: name, reason: "must be a number from 0 on, not \(value)")
    }

    /// As the record keeps it.
    func json(at moment: WallTime) -> JSON {
        var object = JSONObject()
        for (name, value) in [
            ("energy_kwh", energyKWh), ("carbon_kg", carbonKg), ("usd", usd),
            ("kg_per_kwh", kgPerKWh), ("usd_per_kwh", usdPerKWh),
        ] {
            object[name] = value.map(JSON.double)
        }
        object["on_exceed"] = .string(onExceed.rawValue)
        object["at"] = .double(moment.unixSeconds)
        return .object(object)
    }
}

extension BudgetEvent {
    /// Each is told once.
    struct Mark: Sendable, Hashable {
        let kind: Kind
        let quantity: Quantity
    }

    /// As programs get it; the record has its date besides.
    package var json: JSONObject {
        var object = JSONObject()
        object["kind"] = .string(kind.rawValue)
        object["quantity"] = .string(quantity.rawValue)
        object["limit"] = .double(limit)
        object["value"] = .double(value)
        object["action"] = .string(action.rawValue)
        return object
    }

    /// One sentence for a person.
    var text: String {
        let limit = Self.rounded(limit)
        let value = Self.rounded(value)
        let unit = quantity.unit
        switch kind {
        case .exceeded:
            let rest = action == .stop ? "; the run is asked to stop" : ""
            return "budget: \(value) \(unit) used, more than the \(limit) \(unit) allowed\(rest)"
        case .forecast:
            return "budget: the run will use \(value) \(unit) at the least, "
                + "more than the \(limit) \(unit) allowed"
        }
    }

    /// Four significant digits.
    private static func rounded(_ value: Double) -> Double {
        guard value > 0 else { return value }
        var scale = 1.0
        while value * scale < 1000, scale < 1e15 { scale *= 10 }
        return (value * scale).rounded() / scale
    }
}

extension BudgetEvent.Quantity {
    /// For a person.
    package var unit: String {
        switch self {
        case .energy: "kWh"
        case .carbon: "kg CO2e"
        case .cost: "USD"
        }
    }
}
