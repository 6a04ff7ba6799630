import JouleLifecycle
import JouleQuantities

/// Factors for a person to read.
struct FactorPage {
    private let listing: FactorListing
    private let look: Console.Look

    init(_ listing: FactorListing, look: Console.Look) {
        self.listing = listing
        self.look = look
    }

    /// The whole page.
    var lines: [String] {
        let set = "\(listing.set.name.visible), version \(listing.set.version.visible)"
        if let choice = listing.choice { return explanation(choice, set) }
        let signals = Set(listing.factors.map(\.signalWords).filter { !$0.isEmpty }).sorted()
        let signal = signals.isEmpty ? "" : "; signal: \(signals.joined(separator: ", "))"
        let note = "\(listing.factors.count.counted("factor")) of \(set)\(signal)"
        return table + [""] + faint(note) + faint(FactorSet.attribution)
    }

    private func faint(_ text: String) -> [String] {
        text.wrapped(to: look.width).map { look.painted($0, .faint) }
    }

    // A table

    private typealias Column = (layout: Table.Column, text: (Factor) -> String)

    private var table: [String] {
        let columns = Self.columns.filter { column in
            listing.factors.contains { !column.text($0).isEmpty }
        }
        var table = Table(columns.map(\.layout))
        for factor in listing.factors {
            table.append(columns.map { Table.Cell($0.text(factor)) })
        }
        return table.lines(look: look)
    }

    private static var columns: [Column] {
        [
            (.init(title: "region", mayShrink: true, cutsInside: true), \.region),
            (.init(title: "name", mayShrink: true, mayGo: 2), \.name),
            (.init(title: "value", isRight: true), value),
            (.init(title: "range"), { Figure.range($0.low, $0.high) ?? "" }),
            (.init(title: "year"), { $0.year.map(String.init) ?? Units.unknown }),
            (.init(title: "signal", mayGo: 1), \.signalWords),
            (.init(title: "source", mayShrink: true), \.source),
            (
                .init(title: "licence", mayShrink: true, mayGo: 3),
                { $0.licence.isEmpty ? Units.unknown : $0.licence }
            ),
        ]
    }

    /// Short, because what a kilowatt-hour's grams are of goes without saying in a table.
    private static func value(of factor: Factor) -> String {
        let number = Figure.number(factor.value)
        return switch factor.kind {
        case .grid: "\(number) g/kWh"
        case .pue: "PUE \(number)"
        case .embodied: "\(number) kg"
        case .tdp: "\(number) W"
        case .peakFP32, .peakTF32, .peakFP16: "\(number) TFLOPS"
        }
    }

    // An explanation

    private func explanation(_ choice: FactorChoice, _ set: String) -> [String] {
        let year = choice.year.map { "in \($0)" } ?? "of an unknown date"
        var lines = "Runs in \(choice.region.visible) \(year), by \(set)".wrapped(to: look.width)
        for quantity in choice.quantities {
            lines += [""] + heading(quantity)
            for (place, step) in quantity.steps.enumerated() {
                lines += item("\(place + 1). ", step)
            }
        }
        if !choice.near.isEmpty {
            let near = "Regions like it: \(choice.near.joined(separator: ", "))"
            lines += [""] + near.visible.wrapped(to: look.width)
        }
        let missing = FactorChoice.missing.joined(separator: ", ")
        let stated =
            "'lifecycle' takes --contract, --wue, --ewif, --land and --tariff for what you know."
        return lines + [""] + faint("No set has factors for these: \(missing). \(stated)")
    }

    private func heading(_ quantity: FactorChoice.Quantity) -> [String] {
        let number = Figure.text(quantity.value, low: quantity.low, high: quantity.high)
        let text = (quantity.isStated ? "" : "not stated, ") + number
        let line = quantity.kind == .grid ? "Carbon: \(text) g CO2e/kWh" : "PUE: \(text)"
        return [look.painted(line, .strong)]
    }

    /// A paragraph behind a number.
    private func item(_ number: String, _ text: String) -> [String] {
        let lines = text.visible.wrapped(to: look.width - number.count - 2)
        return lines.enumerated().map { place, line in
            "  " + (place == 0 ? number : String(repeating: " ", count: number.count)) + line
        }
    }
}
