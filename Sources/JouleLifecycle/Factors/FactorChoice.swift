import JouleQuantities

/// Which factors a summary takes for runs of a region, and why.
package struct FactorChoice: Sendable {
    /// What is chosen for one quantity.
    package struct Quantity: Sendable {
        package let kind: Factor.Kind
        /// One row of the role `point`; for what is not stated, the rows at the ends of its range.
        package let rows: [UsedFactor]
        /// Sentences on how it was found, in order.
        package let steps: [String]

        /// Whether the set has a factor for the region, and not just a range over all regions.
        package var isStated: Bool { rows.contains { $0.role == .point } }

        /// Nil for what is not stated.
        package var value: Double? { rows.first { $0.role == .point }?.factor.value }

        /// The limit that the row gives, else the lower end of the range.
        package var low: Double? {
            if let row = rows.first, isStated { return row.factor.low }
            // Facility energy is never less than IT energy.
            return rows.first { $0.role == .low }?.factor.value ?? (kind == .pue ? 1 : nil)
        }

        /// The limit that the row gives, else the upper end of the range.
        package var high: Double? {
            if let row = rows.first, isStated { return row.factor.high }
            let end = rows.first { $0.role == .high }?.factor
            return kind == .pue ? end?.high ?? end?.value : end?.value
        }
    }

    /// What a summary has a place for, and no set has factors for.
    package static let missing = ["price", "water", "land"]

    package let region: String
    /// Year of the runs; nil for runs of which no date is known.
    package let year: Int?
    /// Regions with names like that of one that the set does not know.
    package let near: [String]
    package let quantities: [Quantity]

    package init(of region: String, year: Int?, in set: FactorSet) {
        self.region = region
        self.year = year
        let finder = FactorFinder(region: region, year: year, set: set)
        let carbon = finder.carbon
        near = carbon.isStated ? [] : set.regions(near: region)
        quantities = [carbon, finder.pue]
    }
}

/// The way from a region to its factors; what it finds is what `RunSite` and `RunImpact` take.
private struct FactorFinder {
    let region: String
    let year: Int?
    let set: FactorSet

    var carbon: FactorChoice.Quantity {
        if let factor = set.factor(.grid, for: region, year: year) {
            return point(factor, of: region, steps: [match(factor)])
        }
        let steps = [
            "No factor of the set is for '\(region)', and none is guessed: not stated.",
            "A run that recorded this region gets a range over all countries of the set, and an"
                + " anomaly that says so; 'lifecycle --region' refuses it.",
        ]
        guard let limits = set.countryLimits else {
            return FactorChoice.Quantity(kind: .grid, rows: [], steps: steps)
        }
        let rows = [
            UsedFactor(factor: limits.low, role: .low),
            UsedFactor(factor: limits.high, role: .high),
        ]
        return range(.grid, rows, after: steps)
    }

    var pue: FactorChoice.Quantity {
        let first =
            "A PUE that is stated comes first: --pue, else what the run recorded, else what its"
            + " declaration says."
        let provider = region.firstIndex(of: ":").map { String(region[..<$0]) }
        if let provider, let factor = set.providerPUE(for: region, year: year) {
            let second =
                "'\(provider)' before the colon is the provider: its PUE is \(factor.name),"
                + " and the same for all of its regions."
            return point(factor, of: provider, steps: [first, second])
        }
        let second =
            provider.map { "The set has no PUE of a provider '\($0)': not stated." }
            ?? "'\(region)' names no cloud provider, and a place alone has no PUE: not stated."
        let third =
            "Facility energy gets a range from PUE 1, its lowest, to the highest of the set."
        let rows = set.highestPUE.map { [UsedFactor(factor: $0, role: .high)] } ?? []
        return range(.pue, rows, after: [first, second, third])
    }

    private func point(
        _ factor: Factor,
        of region: String,
        steps: [String]
    ) -> FactorChoice.Quantity {
        FactorChoice.Quantity(
            kind: factor.kind,
            rows: [UsedFactor(factor: factor, role: .point)],
            steps: steps + [age(of: factor, among: set.rows(factor.kind, of: region))]
                + origin(of: factor)
        )
    }

    private func range(
        _ kind: Factor.Kind,
        _ rows: [UsedFactor],
        after steps: [String]
    ) -> FactorChoice.Quantity {
        let ends = rows.map { row in
            let end = row.role == .low ? "Lower" : "Upper"
            return "\(end) end: \(row.factor.sentence) \(row.factor.terms)"
        }
        return FactorChoice.Quantity(kind: kind, rows: rows, steps: steps + ends)
    }

    /// How the region was understood.
    private func match(_ factor: Factor) -> String {
        let code = Region.key(region)
        if factor.region.contains(":"), code == Region.key(factor.region) {
            return
                "'\(region)' has a factor of its own\(factor.place); none is taken from a country."
        }
        if code == Region.key(factor.region) {
            return factor.name == factor.region
                ? "'\(region)' is a region of the set."
                : "'\(region)' is the code of \(factor.name)."
        }
        let what = factor.aliases.contains { Region.key($0) == code } ? "another code" : "the name"
        return "'\(region)' is \(what) of \(factor.region)."
    }

    /// Which year was taken, and of which ones.
    private func age(of factor: Factor, among rows: [Factor]) -> String {
        guard let found = factor.year else {
            return "The factor does not say which year it is of."
        }
        let years = rows.compactMap(\.year).sorted()
        let others =
            years.count == 1
            ? "the only one in the set"
            : "of \(years.map(String.init).joined(separator: ", ")) in the set"
        guard let year else {
            return "Year \(found), \(others): without a date of the run, the newest is taken."
        }
        let why =
            found == year
            ? "the year of the run"
            : found < year ? "the nearest before \(year)" : "the earliest after \(year)"
        return "Year \(found), \(others): \(why)."
    }

    /// Where the factor is from, and what its licence asks for.
    private func origin(of factor: Factor) -> [String] {
        let isReplaced =
            factor.set != FactorSet.shipped.name
            && ([factor.region] + factor.aliases).contains {
                !FactorSet.shipped.rows(factor.kind, of: $0).isEmpty
            }
        return [factor.sentence]
            + (isReplaced ? ["It takes the place of what is shipped for \(factor.region)."] : [])
            + [factor.terms]
    }
}
