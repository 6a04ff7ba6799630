import JouleQuantities

/// A named, versioned set of factors.
package struct FactorSet: Sendable {
    package private(set) var name: String
    package private(set) var version: String
    package private(set) var factors: [Factor]
    /// The lowest and the highest grid intensity of any country, for a region nobody stated.
    package private(set) var countryLimits: (low: Factor, high: Factor)?
    /// The highest PUE of any row, for a facility nobody stated; the lowest is 1 by definition.
    package private(set) var highestPUE: Factor?
    /// What stands for the yearly grid factors at the times that it has rows for.
    package private(set) var series: RegionalSeries<LocationAverage>?
    /// Positions in `factors` by kind and normalised region name.
    private var places: [Key: [Int]] = [:]

    private struct Key: Hashable {
        let kind: Factor.Kind
        let region: String
    }

    /// Reads a set from CSV with the columns of `Schemas/factors.md`.
    ///
    /// Errors name `path`, which is the name of the set where none is given.
    package init(
        csv text: String,
        name: String,
        version: String,
        path: String? = nil
    ) throws(LifecycleError) {
        self.name = name
        self.version = version
        factors = try Self.parse(text, name: name, path: path ?? name)
        index()
    }

    /// This set with the rows of `other` in place of the own rows for the same regions.
    ///
    /// A region is the same by whichever of its names it goes, and keeps all of them.
    package func adding(_ other: FactorSet) -> FactorSet {
        var replaced: Set<Int> = []
        let added = other.factors.map { factor in
            let here = ([factor.region] + factor.aliases).flatMap { name in
                places[Key(kind: factor.kind, region: Region.key(name))] ?? []
            }
            replaced.formUnion(here)
            var factor = factor
            for name in here.flatMap({ factors[$0].names }) where !factor.names.contains(name) {
                factor.aliases.append(name)
            }
            return factor
        }
        var result = self
        result.name += " + \(other.name)"
        result.version += " + \(other.version)"
        result.factors =
            factors.enumerated().filter { !replaced.contains($0.offset) }.map(\.element) + added
        result.index()
        return result
    }

    /// This set with a series in place of its grid factors, at the times that the series has.
    package func adding(_ series: RegionalSeries<LocationAverage>) -> FactorSet {
        var result = self
        result.name += " + \(series.name)"
        result.version += " + \(series.sha256.prefix(12))"
        result.series = series
        return result
    }

    /// What a region's grid causes where no hour of a series is known, best suited to a year.
    ///
    /// A region that only the series knows has the mean of that.
    func grid(for region: String, year: Int?) -> Factor? {
        factor(.grid, for: region, year: year) ?? series?[region]?.facts
    }

    /// The factor for a region, best suited to a year.
    ///
    /// A row of that very year wins, then the nearest earlier one, then the earliest later one, and
    /// a row without a year comes last. Without a year the newest row is taken.
    package func factor(_ kind: Factor.Kind, for region: String, year: Int?) -> Factor? {
        let candidates = rows(kind, of: region)
        let dated = candidates.filter { $0.year != nil }.sorted { ($0.year ?? 0) < ($1.year ?? 0) }
        guard let year else { return dated.last ?? candidates.first }
        return dated.last { ($0.year ?? 0) <= year } ?? dated.first ?? candidates.first
    }

    /// The factors of a region, of every year.
    func rows(_ kind: Factor.Kind, of region: String) -> [Factor] {
        (places[Key(kind: kind, region: Region.key(region))] ?? []).map { factors[$0] }
    }

    /// The mean PUE that the provider of a cloud region discloses, such as `aws` of `aws:eu-west-1`.
    package func providerPUE(for region: String, year: Int?) -> Factor? {
        guard let colon = region.firstIndex(of: ":") else { return nil }
        return factor(.pue, for: String(region[..<colon]), year: year)
    }

    /// Up to five regions whose names contain `text` or are contained in it.
    package func regions(near text: String) -> [String] {
        let wanted = Region.key(text)
        guard wanted.utf8.count > 1 else { return [] }
        let near = factors.filter { factor in
            guard factor.kind == .grid else { return false }
            return ([factor.region, factor.name] + factor.aliases).contains {
                let known = Region.key($0)
                return known.contains(wanted)
                    || (known.utf8.count > 3 && wanted.contains(known))
            }
        }
        return Array(Set(near.map(\.region)).sorted().prefix(5))
    }

    private static func smaller(_ left: Factor, _ right: Factor) -> Bool {
        (left.value, left.region) < (right.value, right.region)
    }

    private mutating func index() {
        places = [:]
        for (place, factor) in factors.enumerated() {
            for region in Set(factor.names.map(Region.key)) {
                places[Key(kind: factor.kind, region: region), default: []].append(place)
            }
        }
        let countries = factors.filter { $0.kind == .grid && !$0.region.contains(":") }
        if let low = countries.min(by: Self.smaller), let high = countries.max(by: Self.smaller) {
            countryLimits = (low, high)
        }
        highestPUE = factors.filter { $0.kind == .pue }
            .max { ($0.high ?? $0.value, $1.region) < ($1.high ?? $1.value, $0.region) }
    }

    private static func parse(
        _ text: String,
        name: String,
        path: String
    ) throws(LifecycleError) -> [Factor] {
        let table = try FactorTable(
            text,
            path: path,
            known: Factor.columns,
            required: Factor.columnsRequired
        )
        var factors: [Factor] = []
        var lines: [String: Int] = [:]
        for row in table.rows {
            let fail = { table.failure(row, $0, $1) }
            let factor = try Factor(set: name, cell: { table.cell(row, $0) }, fail: fail)
            let key = "\(factor.kind) \(Region.key(factor.region)) \(factor.year ?? 0)"
            if let line = lines[key] {
                throw fail("region", "\(factor.region) of that year stands on line \(line) already")
            }
            lines[key] = row.line
            factors.append(factor)
        }
        return factors
    }
}

extension Factor {
    /// By which its region is found.
    fileprivate var names: [String] {
        // The name of a cloud region's place is the name of a country or a city, too.
        [region] + aliases + (region.contains(":") ? [] : [name])
    }
}
