import JouleQuantities

extension FactorSet {
    /// The factors that every one of `queries` finds, in the order of the set.
    ///
    /// A query that some factor has as a code finds what has that code, and nothing else: `FR`,
    /// `aws`, `carbon`, `2024`. Of any other query each word must begin a word of the factor's
    /// region, name or source.
    package func factors(matching queries: [String]) -> [Factor] {
        queries.reduce(factors) { found, query in
            let code = Region.key(query)
            if factors.contains(where: { $0.codes.contains(code) }) {
                return found.filter { $0.codes.contains(code) }
            }
            let wanted = query.lettersAndNumbers
            guard !wanted.isEmpty else { return [] }
            return found.filter { factor in
                let words = factor.words
                return wanted.allSatisfy { part in words.contains { $0.hasPrefix(part) } }
            }
        }
    }
}

extension Factor {
    /// What a query finds the factor by when it equals it: the region with its aliases and halves,
    /// the kind, and the year.
    fileprivate var codes: Set<String> {
        let halves = region.split(separator: ":", maxSplits: 1).map(String.init)
        let regions = ([region] + aliases + halves).map(Region.key)
        return Set(regions + kind.words + [year.map(String.init)].compactMap { $0 })
    }

    fileprivate var words: [Substring] {
        [region, name, source].flatMap(\.lettersAndNumbers)
    }
}

extension Factor.Kind {
    /// What a query calls the kind.
    fileprivate var words: [String] {
        switch self {
        case .grid: [rawValue, "carbon"]
        case .pue, .embodied, .tdp, .peakFP32, .peakTF32, .peakFP16: [rawValue]
        }
    }
}

extension String {
    /// The words, in small letters.
    fileprivate var lettersAndNumbers: [Substring] {
        lowercased().split { !$0.isLetter && !$0.isNumber }
    }
}
