extension FactorSet {
    /// The project's own set: countries, cloud regions, eGRID subregions, PUE, making and ratings of
    /// devices.
    ///
    /// Provenance, licences and what was left out: `Schemas/factors.md`.
    package static let shipped: FactorSet = {
        do {
            return try FactorSet(csv: shippedFactorRows, name: "joulebook-factors", version: "3")
        } catch {
            // Compiled in and checked by a test: a bad row is our own mistake, never a user's.
            preconditionFailure("shipped factors: \(error)")
        }
    }()

    /// Who must be named wherever numbers from the shipped set are passed on.
    package static let attribution = """
        Grid intensities of countries: \(countryCredit). Cloud regions: Google region carbon \
        data and Cloud Carbon Footprint coefficients (Apache-2.0). US subregions: US EPA eGRID. \
        PUE and making of devices: sources named in each row. Power and throughput of devices: \
        Epoch AI, Machine Learning Hardware (CC BY 4.0).
        """

    /// What the source of the countries' rows asks to be named as, and how it begins in those rows.
    static let countryCredit = """
        Ember; Energy Institute - Statistical Review of World Energy; processed by Our World in \
        Data (CC BY 4.0)
        """
    static let countrySource = "Our World in Data/Ember"
}
