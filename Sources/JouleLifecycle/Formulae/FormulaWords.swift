/// The formulae in words, as `Schemas/formulae.md` lists them.
package struct FormulaWords: Sendable {
    /// Such as "F3".
    package let id: String
    package let formula: String
    /// Symbols, units, and what is to be minded.
    package let symbols: String
    package let source: String

    /// In their order.
    package static let all: [FormulaWords] = [
        FormulaWords(
            id: "F1",
            formula: "E_IT = Σ P · h / 1000; E_facility = E_IT · PUE",
            symbols: "W, h, kWh; PUE ≥ 1, applied once",
            source: "Patterson 2021, arXiv:2104.10350; ISO/IEC 30134-2"
        ),
        FormulaWords(
            id: "F2",
            formula: "1 kWh = 3.6e6 J; lb/MWh · 0.45359237 = g/kWh; CO2e = CO2 + 28 CH4 "
                + "+ 265 N2O",
            symbols: "AR5 weights",
            source: "US EPA eGRID"
        ),
        FormulaWords(
            id: "F3",
            formula: "C_location = Σ E_facility · EF_location",
            symbols: "g, kWh, g/kWh, average signal",
            source: "SCI, ISO/IEC 21031:2024; GHG Protocol scope 2"
        ),
        FormulaWords(
            id: "F4",
            formula: "annual: Σ contract · EF_contract + unmatched · EF_residual; "
                + "hourly: Σ max(0, E − CFE) · EF_residual",
            symbols: "a surplus of one hour covers no other hour; always beside F3",
            source: "GHG Protocol scope 2; Google 2021, 24/7 carbon-free energy"
        ),
        FormulaWords(
            id: "F5",
            formula: "M = TE · reserved / (lifetime · u) · resources / total",
            symbols: "g or L; h; u in (0, 1], 1 where idle time is nobody's",
            source: "SCI; Luccioni 2022, arXiv:2211.02001; Wu 2022 for the spread"
        ),
        FormulaWords(
            id: "F6",
            formula: "SCI = (ΣO + ΣM) / R",
            symbols: "g per functional unit; nil where R is missing or 0, or differs "
                + "between components",
            source: "SCI"
        ),
        FormulaWords(
            id: "F7",
            formula: "W = E_IT · WUE + E_IT · PUE · EWIF",
            symbols: "L, L/kWh; a WUE is per IT energy, an EWIF per facility energy",
            source: "Li 2023, arXiv:2304.03271"
        ),
        FormulaWords(
            id: "F8",
            formula: "EWIF and land use = Σ share · value",
            symbols: "shares of a generation mix, which sum to 1",
            source: "Li 2023; Lovering 2022, PLOS ONE 17(7), e0270155, for land by "
                + "source"
        ),
        FormulaWords(
            id: "F9",
            formula: "device-hours · price, or E_facility · tariff",
            symbols: "never both for a rented machine",
            source: "Strubell 2019, arXiv:1906.02243"
        ),
        FormulaWords(
            id: "F10",
            formula: "overhead = 1 − E_selected / E_all",
            symbols: "energies or device-hours",
            source: "Strubell 2019; Morrison 2025, arXiv:2503.05804"
        ),
        FormulaWords(
            id: "F11",
            formula: "N* = C_train / (C_batch / n_batch); C_compress / (c_old − c_new)",
            symbols: "uses; \"never\" where c_old ≤ c_new",
            source: "Morrison 2025; Patterson 2021"
        ),
        FormulaWords(
            id: "F12",
            formula: "cumulative(m) = Σ own(r), r in ancestors(m) ∪ {m}",
            symbols: "a set: a shared ancestor counts once; who bears it, in equal "
                + "parts: `Allocation.swift`",
            source: "set union"
        ),
        FormulaWords(
            id: "F13",
            formula: "(σ/x)² = Σ (σᵢ/xᵢ)² for products of independent terms; shared "
                + "factors add linearly; else seeded Monte Carlo",
            symbols: "relative",
            source: "GUM, JCGM 100 and 101"
        ),
        FormulaWords(
            id: "F14",
            formula: "g/exaFLOP = C / FLOP · 1e18",
            symbols: "",
            source: "Schneider 2025, arXiv:2502.01671"
        ),
        FormulaWords(
            id: "F15",
            formula: "energy at which a target was first reached; joules per point; "
                + "Pareto front",
            symbols: "the direction of the metric is always stated",
            source: "Schwartz 2020, Green AI; You 2023, Zeus"
        ),
        FormulaWords(
            id: "F16",
            formula: "E' = E · (TDP' / peak') / (TDP / peak); t' = t · peak / peak'",
            symbols: "J, W, FLOP/s at one precision; the same share of peak and of TDP "
                + "on both, a factor of 46.2 / 21.3 either way",
            source: "Desislavov 2023, arXiv:2109.05472; spread: Chowdhery 2022, "
                + "arXiv:2204.02311, table 3"
        ),
    ]
}
