import ArgumentParser
import JouleLifecycle

/// What is stated of the water, the land, the price and the purchase of a site's energy.
struct SiteOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("Water of the site, in litres a kWh of IT energy.", valueName: "litres")
    ) var wue: Double?
    @Option(
        help: ArgumentHelp(
            "Water of the grid, in litres a kWh of facility energy.",
            valueName: "litres"
        )
    ) var ewif: Double?
    @Option(
        help: ArgumentHelp(
            "Land of the grid, in m² (for a year) a kWh of facility energy.",
            valueName: "area"
        )
    ) var land: Double?
    @Option(
        help: ArgumentHelp("Price of a kWh of facility energy (0.25EUR).", valueName: "price"),
        transform: Tariff.init(argument:)
    ) var tariff: Tariff?
    @Option(
        help: ArgumentHelp(
            "A part of the energy that was bought, and its g CO2e/kWh (0.6@11).",
            valueName: "contract"
        ),
        transform: Contract.init(argument:)
    ) var contract: [Contract] = []
    @Option(help: ArgumentHelp("g CO2e/kWh of what no contract covers.", valueName: "grams"))
    var residual: Double?

    func statement() throws(LifecycleError) -> SiteStatement {
        try SiteStatement(
            wue: wue,
            ewif: ewif,
            land: land,
            tariff: tariff?.price,
            purchase: contract.isEmpty && residual == nil
                ? nil : Purchase(contracts: contract.map(\.terms), residual: residual)
        )
    }
}

/// A price as it is written: a number and a currency of three letters (ISO 4217).
struct Tariff {
    let price: Money

    init(argument: String) throws {
        let text = argument.filter { $0 != " " }
        let currency = text.suffix(3).uppercased()
        guard currency.utf8.allSatisfy({ (0x41...0x5A).contains($0) }), currency.utf8.count == 3,
            let amount = Double(text.dropLast(3))
        else {
            throw ValidationError("'\(argument)' is not a price such as 0.25EUR")
        }
        price = Money(amount, currency)
    }
}

/// A contract as it is written: a share of the energy, and grams of CO2e per kWh of it.
struct Contract {
    let terms: (share: Double, gramsPerKilowattHour: Double)

    init(argument: String) throws {
        let parts = argument.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count == 2, let share = Double(parts[0]), let grams = Double(parts[1]) else {
            throw ValidationError("'\(argument)' is not a share and grams such as 0.6@11")
        }
        terms = (share, grams)
    }
}
