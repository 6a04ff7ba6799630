import JouleLifecycle

/// What a number is of; numbers of different dimensions never meet.
enum Dimension: String, Sendable {
    case power = "W"
    case time = "h"
    case years = "years"
    case energy = "kWh"
    case mass = "g"
    case volume = "L"
    case money = "USD"
    case antimony = "g Sb"
    /// Things counted.
    case count = "1"
    /// A share, a ratio or a number whose name says no unit.
    case number = ""
}

/// A dimension, or one per another.
struct Unit: Hashable, Sendable {
    let over: Dimension
    let per: Dimension?

    init(_ over: Dimension, per: Dimension? = nil) {
        self.over = over
        self.per = per
    }
}

/// Words of names that are units or counted things.
enum Vocabulary {
    /// Dimension and size of each word that is a unit.
    ///
    /// Upper case matters where it makes the difference between a millilitre and a megalitre.
    static let units: [String: (Dimension, Double)] = [
        "w": (.power, 1), "kw": (.power, 1e3), "mw": (.power, 1e6),
        "wh": (.energy, 1e-3), "kwh": (.energy, 1), "mwh": (.energy, 1e3), "gwh": (.energy, 1e6),
        "j": (.energy, 1 / 3.6e6), "kj": (.energy, 1 / 3.6e3),
        "mj": (.energy, 1 / 3.6), "gj": (.energy, 1e3 / 3.6),
        "h": (.time, 1), "hour": (.time, 1), "hours": (.time, 1), "day": (.time, 24),
        "days": (.time, 24), "weeks": (.time, 168), "minutes": (.time, 1 / 60),
        "s": (.time, 1 / 3600), "seconds": (.time, 1 / 3600),
        "year": (.years, 1), "years": (.years, 1),
        "mg": (.mass, 1e-3), "g": (.mass, 1), "kg": (.mass, 1e3), "t": (.mass, 1e6),
        "kt": (.mass, 1e9), "lb": (.mass, gramsPerPound), "gco2e": (.mass, 1),
        "kgco2e": (.mass, 1e3), "tco2e": (.mass, 1e6), "gco2eq": (.mass, 1),
        "kgco2eq": (.mass, 1e3), "tco2eq": (.mass, 1e6),
        "ml": (.volume, 1e-3), "mL": (.volume, 1e-3), "l": (.volume, 1), "L": (.volume, 1),
        "kl": (.volume, 1e3), "ML": (.volume, 1e6), "m3": (.volume, 1e3),
        "usd": (.money, 1), "pct": (.number, 0.01),
    ]

    /// By F2: a thousand pounds a MWh are a pound a kWh.
    private static let gramsPerPound =
        GridIntensity<LocationAverage>(poundsPerMegawattHour: 1000).gramsPerKilowattHour

    /// Things counted, in the singular under which they are known.
    static let counted: [String: String] = [
        "gpu": "device", "gpus": "device", "chip": "device", "chips": "device",
        "accelerator": "device", "accelerators": "device",
        "server": "server", "servers": "server", "node": "server", "nodes": "server",
        "request": "request", "requests": "request", "req": "request",
        "inference": "inference", "inferences": "inference",
        "prompt": "prompt", "prompts": "prompt", "token": "token", "tokens": "token",
        "flop": "flop", "params": "parameter", "vcpus": "vcpu",
    ]

    /// Multipliers of counted things.
    static let multipliers: [String: Double] = [
        "thousand": 1e3, "million": 1e6, "billion": 1e9, "b": 1e9,
    ]

    /// Other words for a role, under the word by which it is known.
    static let roles: [String: String] = [
        "gross": "location", "net": "market", "lifetime": "life", "lifespan": "life",
        "op": "operational", "emb": "embodied", "train": "training", "util": "utilisation",
        "pue": "facility", "alloc": "allocated",
    ]

    /// Words that say nothing which the unit does not say.
    static let silent: Set<String> = [
        "avg", "mean", "average", "system", "power", "energy", "co2e", "carbon", "emissions",
        "with", "consumed", "stated", "reported", "header", "tdp", "n", "in", "stage", "of",
        "useful", "cost", "region", "output", "final",
    ]
}
