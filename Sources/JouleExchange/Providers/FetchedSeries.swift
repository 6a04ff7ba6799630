package import JouleLifecycle

/// What a provider told, as the text of a series file (`lifecycle --series`).
package struct FetchedSeries: Sendable {
    package let text: String
    package let rows: Int

    /// Throws where no series can be made of the readings; these come in the order of their times.
    package init(
        _ readings: [ProviderReading],
        of zone: String,
        from provider: IntensityProvider
    ) throws(LifecycleError) {
        let estimated = readings.count(where: \.isEstimated)
        var text = "# \(provider.name), zone \(zone)"
        if estimated > 0 { text += "; it estimates \(estimated) of \(readings.count) values" }
        text += "\ntime,region,value,unit,source,signal,basis,licence\n"
        let facts =
            switch provider {
            case .electricityMaps:
                "Electricity Maps API v3 carbon-intensity,location_average,life_cycle,"
                    + "as agreed with Electricity Maps"
            case .wattTime: "WattTime API v3 co2_moer,marginal,,as agreed with WattTime"
            }
        for reading in readings {
            let time = FetchSpan.text(Int64(reading.seconds))
            text += "\(time),\(zone),\(reading.grams),g/kWh,\(facts)\n"
        }
        self.text = text
        rows = readings.count
        // What is written is what a summary reads, or it is not written.
        switch provider {
        case .electricityMaps:
            _ = try RegionalSeries<LocationAverage>(csv: text, name: provider.name)
        case .wattTime: _ = try RegionalSeries<Marginal>(csv: text, name: provider.name)
        }
    }
}
