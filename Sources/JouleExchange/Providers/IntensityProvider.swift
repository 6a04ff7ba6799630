import JouleLifecycle
import JouleQuantities

/// A service that knows what electricity caused by the hour.
///
/// It is asked for a stretch of time as in its documentation; what it answered is kept as it came,
/// and becomes the rows of a series.
package enum IntensityProvider: String, Sendable, CaseIterable {
    /// `/v3/carbon-intensity/past-range`, and `history` for the last 24 hours: an average.
    case electricityMaps = "electricitymaps"
    /// `/v3/historical` of `co2_moer`: marginal.
    case wattTime = "watttime"

    package var name: String {
        switch self {
        case .electricityMaps: "Electricity Maps"
        case .wattTime: "WattTime"
        }
    }

    /// Where it is asked.
    package var address: String {
        switch self {
        case .electricityMaps: "https://api.electricitymaps.com"
        case .wattTime: "https://api.watttime.org"
        }
    }

    /// The environment variable of another address of it, such as an organisation's own.
    package var addressVariable: String {
        switch self {
        case .electricityMaps: "ELECTRICITYMAPS_URL"
        case .wattTime: "WATTTIME_URL"
        }
    }

    /// Environment variables of who asks; a secret never stands in an argument or a file.
    package var secretVariables: [String] {
        switch self {
        case .electricityMaps: ["ELECTRICITYMAPS_TOKEN"]
        case .wattTime: ["WATTTIME_USER", "WATTTIME_PASSWORD"]
        }
    }

    /// What it takes as a zone: a path must not be made of anything else.
    package static func isZone(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count)
            && text.utf8.allSatisfy {
                (0x30...0x39).contains($0) || (0x41...0x5A).contains($0)
                    || (0x61...0x7A).contains($0) || $0 == 0x2D || $0 == 0x5F
            }
    }

    /// The path of a stretch of time; of the last 24 hours without one.
    ///
    /// Nil where it has no such.
    package func path(zone: String, _ span: FetchSpan?) -> String? {
        switch (self, span) {
        case (.electricityMaps, let span?):
            "/v3/carbon-intensity/past-range?zone=\(zone)&start=\(span.startText)"
                + "&end=\(span.endText)&emissionFactorType=lifecycle"
        case (.electricityMaps, nil):
            "/v3/carbon-intensity/history?zone=\(zone)&emissionFactorType=lifecycle"
        case (.wattTime, let span?):
            "/v3/historical?region=\(zone)&start=\(span.startText)&end=\(span.endText)"
                + "&signal_type=co2_moer"
        case (.wattTime, nil): nil
        }
    }

    /// What is known of the times of an answer, those of `span` alone, the earliest first.
    package func readings(
        _ answer: [UInt8],
        zone: String,
        _ span: FetchSpan?
    ) throws(ProviderError) -> [ProviderReading] {
        let document: JSON
        do throws(JSONError) {
            document = try JSON(parsing: answer)
        } catch {
            throw ProviderError(reason: "no JSON: \(error)")
        }
        let all =
            switch self {
            case .electricityMaps: try Self.electricityMaps(document, zone)
            case .wattTime: try Self.wattTime(document, zone)
            }
        return all.filter { span?.contains($0.seconds) ?? true }
            .sorted { $0.seconds < $1.seconds }
    }

    private static func electricityMaps(
        _ document: JSON,
        _ zone: String
    ) throws(ProviderError) -> [ProviderReading] {
        let place = document["data"] == nil ? "history" : "data"
        guard let items = document[place]?.array else { throw .missing("data") }
        if let told = document["zone"]?.string, told != zone { throw .other("zone", told, zone) }
        var readings: [ProviderReading] = []
        for (number, item) in items.enumerated() {
            let here = "\(place)[\(number)]"
            guard let seconds = item["datetime"]?.string.flatMap(Self.seconds) else {
                throw .missing("\(here).datetime")
            }
            if let basis = item["emissionFactorType"]?.string, basis != "lifecycle" {
                throw .other("\(here).emissionFactorType", basis, "lifecycle")
            }
            // It says null for an hour that it does not know.
            guard item.object?["carbonIntensity"] != .null else { continue }
            guard let grams = item["carbonIntensity"]?.double else {
                throw .missing("\(here).carbonIntensity")
            }
            let isEstimated = item["isEstimated"]?.bool ?? false
            readings.append(
                ProviderReading(seconds: seconds, grams: grams, isEstimated: isEstimated)
            )
        }
        return readings
    }

    private static func wattTime(
        _ document: JSON,
        _ zone: String
    ) throws(ProviderError) -> [ProviderReading] {
        guard let items = document["data"]?.array else { throw .missing("data") }
        for (name, wanted) in [
            ("signal_type", "co2_moer"), ("units", "lbs_co2_per_mwh"), ("region", zone),
        ] {
            guard let told = document["meta"]?[name]?.string else { throw .missing("meta.\(name)") }
            if told != wanted { throw .other("meta.\(name)", told, wanted) }
        }
        var readings: [ProviderReading] = []
        for (number, item) in items.enumerated() {
            let here = "data[\(number)]"
            guard let seconds = item["point_time"]?.string.flatMap(Self.seconds) else {
                throw .missing("\(here).point_time")
            }
            guard let pounds = item["value"]?.double else { throw .missing("\(here).value") }
            let intensity = GridIntensity<Marginal>(poundsPerMegawattHour: pounds)
            let grams = intensity.gramsPerKilowattHour
            readings.append(ProviderReading(seconds: seconds, grams: grams, isEstimated: false))
        }
        return readings
    }

    private static func seconds(_ text: String) -> Double? {
        Timestamp.nanoseconds(text).map { WallTime(unixNanoseconds: $0).unixSeconds }
    }
}

/// What a provider knows of the time from one moment on.
package struct ProviderReading: Sendable, Hashable {
    /// Unix seconds.
    package let seconds: Double
    /// Per kWh.
    package let grams: Double
    /// Whether the provider says that it is not measured yet.
    package let isEstimated: Bool
}

/// Why an answer is not what the provider's documentation says.
package struct ProviderError: Error, Hashable, Sendable {
    package let reason: String

    static func missing(_ field: String) -> Self { Self(reason: "no \(field) as documented") }

    static func other(_ field: String, _ told: String, _ wanted: String) -> Self {
        Self(reason: "\(field) is \(String(told.prefix(40)).debugDescription), not \(wanted)")
    }
}
