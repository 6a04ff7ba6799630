package import JouleQuantities

/// One number from outside that a summary multiplies by, with where it comes from.
package struct Factor: Sendable, Hashable {
    package enum Kind: String, Sendable, Hashable, CaseIterable {
        /// CO2-equivalents per energy generated, g/kWh.
        case grid
        /// Facility energy over IT energy.
        case pue
        /// CO2-equivalents of making one device, whose name stands in place of a region.
        case embodied
        /// Power that the cooling of a device is made for, whose name stands in place of a region.
        case tdp
        /// The most operations a second of a device: without matrix units, and with them at TF32
        /// and at FP16 or BF16.
        case peakFP32 = "peak_fp32"
        case peakTF32 = "peak_tf32"
        case peakFP16 = "peak_fp16"

        /// The unit in which a table must state the value.
        var unit: String {
            switch self {
            case .grid: "g/kWh"
            case .pue: "1"
            case .embodied: "kgCO2e"
            case .tdp: "W"
            case .peakFP32, .peakTF32, .peakFP16: "TFLOPS"
            }
        }
    }

    package var kind: Kind
    /// `FR`, `aws:eu-west-1`, `egrid:CAMX`; for a PUE `aws` or `site:…`; or the name of a device.
    package var region: String
    package var name: String
    package var aliases: [String]
    /// Year that the number describes; nil when its source does not say.
    package var year: Int?
    package var value: Double
    /// Limits that the source gives.
    package var low: Double?
    package var high: Double?
    /// `location_average` for grids; empty for the others.
    package var signal: String
    /// `life_cycle` or `combustion`; empty when the source does not say.
    package var basis: String
    package var source: String
    package var licence: String
    /// Name of the set or file that the row stands in.
    package var set: String
    /// Of the mean of a series; nil for a row.
    package var series: SeriesFacts?

    /// The row in the JSON of a summary.
    package var json: JSON {
        [
            "kind": .string(kind.rawValue), "region": .string(region), "name": .string(name),
            "year": year.map { .integer(Int64($0)) } ?? .null, "value": .double(value),
            "low": .orNull(low), "high": .orNull(high), "unit": .string(kind.unit),
            "signal": signal.isEmpty ? .null : .string(signal),
            "basis": basis.isEmpty ? .null : .string(basis),
            "source": .string(source), "licence": licence.isEmpty ? .null : .string(licence),
            "set": .string(set),
        ]
    }
}

extension Factor {
    /// The columns of a factor file; the first five are required.
    static let columns = [
        "kind", "region", "value", "unit", "source", "signal", "name", "aliases", "year", "low",
        "high", "basis", "licence",
    ]
    static let columnsRequired = 5
    /// Years that a factor may be of.
    package static let years = 1990...2100

    /// Reads one row; `cell` gives the text of a column, empty when the file lacks it.
    init(
        set: String,
        cell: (String) -> String,
        fail: (_ column: String, _ reason: String) -> LifecycleError
    ) throws(LifecycleError) {
        guard let kind = Kind(rawValue: cell("kind")) else {
            let known = Kind.allCases.map(\.rawValue).joined(separator: ", ")
            throw fail("kind", "'\(cell("kind"))' is none of \(known)")
        }
        for column in ["region", "source"] where cell(column).isEmpty {
            throw fail(column, "must not be empty")
        }
        guard cell("unit") == kind.unit else {
            throw fail("unit", "'\(cell("unit"))' where a \(kind.rawValue) row has '\(kind.unit)'")
        }
        let signal = cell("signal")
        guard signal == (kind == .grid ? LocationAverage.name : "") else {
            throw fail("signal", "'\(signal)': a grid row has location_average, others none")
        }
        guard ["", "life_cycle", "combustion"].contains(cell("basis")) else {
            throw fail("basis", "'\(cell("basis"))' is neither life_cycle nor combustion")
        }
        self.kind = kind
        self.set = set
        self.signal = signal
        region = cell("region")
        name = cell("name").isEmpty ? region : cell("name")
        aliases = cell("aliases").split(separator: "|").map(String.init)
        basis = cell("basis")
        source = cell("source")
        licence = cell("licence")
        year = try Self.year(cell("year"), fail: fail)
        guard let value = try Self.number("value", kind: kind, cell: cell, fail: fail) else {
            throw fail("value", "must not be empty")
        }
        self.value = value
        low = try Self.number("low", kind: kind, cell: cell, fail: fail)
        high = try Self.number("high", kind: kind, cell: cell, fail: fail)
        guard low ?? value <= value, value <= high ?? value else {
            throw fail("value", "\(value) does not lie between low and high")
        }
    }

    private static func year(
        _ text: String,
        fail: (String, String) -> LifecycleError
    ) throws(LifecycleError) -> Int? {
        guard !text.isEmpty else { return nil }
        guard let year = Int(text), years.contains(year) else {
            throw fail(
                "year",
                "'\(text)' is not a year between \(years.lowerBound) and \(years.upperBound)"
            )
        }
        return year
    }

    private static func number(
        _ column: String,
        kind: Kind,
        cell: (String) -> String,
        fail: (String, String) -> LifecycleError
    ) throws(LifecycleError) -> Double? {
        let text = cell(column)
        guard !text.isEmpty else { return nil }
        guard let value = Double(text) else { throw fail(column, "'\(text)' is not a number") }
        switch kind {
        case .grid where !Plausible.isGridIntensity(value):
            throw fail(column, "\(text) g/kWh is implausible: above 0 and at most 1500 is expected")
        case .pue where !Plausible.pue.contains(value):
            throw fail(column, "a PUE of \(text) is implausible: 1 to 3 is expected")
        case .embodied where !Plausible.isMaking(value):
            throw fail(column, "\(text) kg is implausible: above 0 and at most 100000 is expected")
        case .tdp where !Plausible.isDevicePower(value):
            throw fail(column, "\(text) W is implausible: above 0 and at most 5000 is expected")
        case .peakFP32 where !Plausible.isPeak(value), .peakTF32 where !Plausible.isPeak(value),
            .peakFP16 where !Plausible.isPeak(value):
            throw fail(column, "\(text) is implausible: above 0 and at most 100000 is expected")
        default: return value
        }
    }
}
