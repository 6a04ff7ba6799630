/// Limits beyond which a number is taken for a slip, not for a fact.
package enum Plausible {
    /// Facility energy over IT energy: below 1 is impossible, above 3 no facility has been reported.
    package static let pue: ClosedRange<Double> = 1...3

    /// Litres evaporated on site per kWh of IT energy: up to 9 (Li 2023, arXiv:2304.03271).
    package static let wue: ClosedRange<Double> = 0...10

    /// Litres that generating a kWh took: hydropower up to 68 (Macknick 2012).
    package static let ewif: ClosedRange<Double> = 0...100

    /// Square metres of land, taken for a year, per kWh: biomass grown for it up to 0.6 (Lovering 2022).
    package static let land: ClosedRange<Double> = 0...1

    /// Money per kWh; currencies differ by four orders of magnitude.
    package static let tariff: ClosedRange<Double> = 0...1e5

    /// A part of a whole.
    package static let share: ClosedRange<Double> = 0...1

    /// Carbon-free energy bought for an hour over what was used in it; above 1 is a surplus.
    package static let carbonFree: ClosedRange<Double> = 0...1000

    /// Seconds between rows of a series.
    package static let stepSeconds: ClosedRange<Double> = 60...86_400

    /// What a contract or a residual mix states, in g/kWh; bought wind may state nothing.
    package static let contractIntensity: ClosedRange<Double> = 0...1500

    /// A grid intensity in g/kWh.
    ///
    /// Zero is a rounding or a missing decimal; lignite alone stays below 1500.
    package static func isGridIntensity(_ value: Double) -> Bool { value > 0 && value <= 1500 }

    /// Kilograms of CO2e from making one device or machine; a rack of accelerators stays below 100 t.
    package static func isMaking(_ value: Double) -> Bool { value > 0 && value <= 1e5 }

    /// Years that hardware is used.
    package static let lifetimeYears: ClosedRange<Double> = 0.5...30

    /// Share of its life in which hardware does something useful.
    package static let utilisation: ClosedRange<Double> = 0.01...1

    /// Carbon that a publication states per facility energy, in g/kWh.
    ///
    /// The cleanest national grid is at 20; far below that, location-based carbon is a slip.
    package static let impliedIntensity: ClosedRange<Double> = 5...1500

    /// Mean power of one process's host, in watts.
    package static let hostWattsMax = 1e6

    /// Mean power of one accelerator, in watts.
    package static let deviceWattsMax = 5000.0

    /// The power that the cooling of one device is made for, in watts.
    package static func isDevicePower(_ value: Double) -> Bool {
        value > 0 && value <= deviceWattsMax
    }

    /// Operations a second of one device, in TFLOPS.
    package static func isPeak(_ value: Double) -> Bool { value > 0 && value <= 1e5 }

    /// How far a published figure may lie from what its inputs give, beside its own rounding.
    package static let publishedTolerance = 0.03

    /// How far a printed sum may lie from its printed parts.
    package static let printedSumTolerance = 0.001

    /// How far the parts of a whole may exceed it: edges of windows are read at their own moments.
    package static let partsTolerance = 0.02
}
