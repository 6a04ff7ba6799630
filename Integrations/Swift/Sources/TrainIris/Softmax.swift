import Glibc

/// One line of the table: measures in centimetres, and the species as 0, 1 or 2.
struct Flower {
    let measures: [Double]
    let species: Int

    static func all(csv: [UInt8]) -> [Flower] {
        String(decoding: csv, as: UTF8.self).split(separator: "\n").dropFirst().compactMap { line in
            let fields = line.split(separator: ",").compactMap { Double($0) }
            guard fields.count == 5 else { return nil }
            return Flower(measures: Array(fields.prefix(4)), species: Int(fields[4]))
        }
    }
}

/// Softmax regression from four measures and a constant to three species.
struct Softmax {
    private var weights = [[Double]](repeating: [Double](repeating: 0, count: 5), count: 3)

    func probabilities(of flower: Flower) -> [Double] {
        let inputs = flower.measures + [1]
        let scores = weights.map { zip($0, inputs).reduce(0) { $0 + $1.0 * $1.1 } }
        let highest = scores.max() ?? 0
        let exponents = scores.map { exp($0 - highest) }
        let sum = exponents.reduce(0, +)
        return exponents.map { $0 / sum }
    }

    func species(of flower: Flower) -> Int {
        let probabilities = probabilities(of: flower)
        return probabilities.indices.max { probabilities[$0] < probabilities[$1] } ?? 0
    }

    /// One step of stochastic gradient descent; returns the flower's cross-entropy before it.
    mutating func step(_ flower: Flower, rate: Double) -> Double {
        let probabilities = probabilities(of: flower)
        for (species, probability) in probabilities.enumerated() {
            let error = probability - (species == flower.species ? 1 : 0)
            for (input, value) in (flower.measures + [1]).enumerated() {
                weights[species][input] -= rate * 0.1 * error * value
            }
        }
        return -log(max(probabilities[flower.species], 1e-12))
    }
}

/// A small generator of random numbers that is the same everywhere (SplitMix64).
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
