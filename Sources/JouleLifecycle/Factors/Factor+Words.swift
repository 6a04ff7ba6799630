/// Factors as people read them.
extension Factor {
    /// The region with its name, the value with its unit and limits, and where it is from.
    var sentence: String {
        let facts = [kind.words(Figure.text(value, low: low, high: high)), signalWords, basisWords]
            .filter { !$0.isEmpty }
        return "\(region)\(place): \(facts.joined(separator: ", ")); source: \(source), in \(set)."
    }

    /// The name in brackets behind the region; empty where the region has no other name.
    var place: String { name == region ? "" : " (\(name))" }

    /// The signal; empty for what is no grid.
    package var signalWords: String { signal.replacing("_", with: " ") }

    private var basisWords: String {
        guard kind == .grid else { return "" }
        return basis.isEmpty ? "basis not stated" : basis.replacing("_", with: " ")
    }

    /// What the licence asks of whoever passes the number on.
    var terms: String {
        switch licence {
        case "": "Its licence is not stated: ask its source before you pass it on."
        case "CC BY 4.0":
            "CC BY 4.0 asks for credit wherever it is passed on: "
                + (source.hasPrefix(FactorSet.countrySource) ? FactorSet.countryCredit : source)
                + "."
        case "Apache-2.0":
            "Apache-2.0 asks that its text and notices go with copies of the data; name the source."
        case "public domain": "It is in the public domain, which asks for nothing."
        case "facts as cited": "It is a fact from a publication: cite the source."
        default: "Its licence is \(licence): do as that asks."
        }
    }
}

extension Factor.Kind {
    /// What a factor of this kind is for.
    package var quantity: String {
        switch self {
        case .grid: "carbon"
        case .pue: "PUE"
        case .embodied: "embodied carbon"
        case .tdp: "thermal design power"
        case .peakFP32, .peakTF32, .peakFP16: "peak throughput"
        }
    }

    /// A number with what it is of.
    func words(_ number: String) -> String {
        switch self {
        case .grid: "\(number) g CO2e/kWh"
        case .pue: "PUE \(number)"
        case .embodied: "\(number) kg CO2e of making one"
        case .tdp: "TDP \(number) W"
        case .peakFP32: "peak \(number) TFLOPS at FP32"
        case .peakTF32: "peak \(number) TFLOPS at TF32"
        case .peakFP16: "peak \(number) TFLOPS at FP16"
        }
    }
}

extension Figure {
    /// A number with its limits in brackets, or the limits alone where there is no number.
    package static func text(_ value: Double?, low: Double?, high: Double?) -> String {
        let range = range(low, high)
        guard let value else { return range ?? "not known" }
        return number(value) + (range.map { " (\($0))" } ?? "")
    }

    /// Both limits, or the one that there is; nil without any.
    package static func range(_ low: Double?, _ high: Double?) -> String? {
        switch (low, high) {
        case (let low?, let high?): "\(number(low)) to \(number(high))"
        case (let low?, nil): "from \(number(low))"
        case (nil, let high?): "up to \(number(high))"
        case (nil, nil): nil
        }
    }
}
