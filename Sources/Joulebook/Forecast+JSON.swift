package import JouleQuantities

extension Forecast {
    /// As `Schemas/forecast.schema.json` has it.
    package var json: JSON {
        [
            "schema": "joulebook.forecast/1",
            "epochs_ended": .integer(Int64(epochsEnded)),
            "last_epoch": .double(lastEpoch),
            "duration_s": seconds.json,
            "energy_j": joules?.json ?? .null,
            "carbon_kg": carbonKg?.json ?? .null,
            "usd": usd?.json ?? .null,
        ]
    }
}

extension ForecastInterval {
    fileprivate var json: JSON {
        ["low": .double(low), "central": .double(central), "high": .double(high)]
    }
}
