/// Names of the places where electricity is drawn, as grid factors know them.
package enum Region {
    /// Why a run cannot have been in `text`, as the end of a sentence that names it; nil when it can.
    ///
    /// Can: a region of the shipped factors, a part of a country (`US-CA`), and a place that only a
    /// user's own factor file knows, which is written `name:place`.
    package static func refusal(of text: String) -> String? {
        let known = Set(all.flatMap(names(of:)))
        if known.contains(key(text)) || isPart(text, of: known) || isOwn(text) { return nil }
        let near = near(text)
        let advice =
            near.isEmpty
            ? "use a country (FR, FRA, France), a cloud region (aws:eu-west-1), or name:place"
            : "did you mean \(near.joined(separator: ", "))?"
        return "\(String(text.prefix(40)).debugDescription) is not known; \(advice)"
    }

    /// Case and spaces do not distinguish regions: Azure's `North Europe` is `northeurope` too.
    package static func key(_ region: String) -> String {
        region.lowercased().filter { $0 != " " }
    }

    /// Each known region: its code, its place and further codes.
    private static var all: [[Substring]] {
        knownRegionRows.split(separator: "\n").map { $0.split(separator: "|") }
    }

    /// The name of a cloud region's place is the name of a country or a city, too.
    private static func names(of region: [Substring]) -> [String] {
        let isCountry = region.first?.contains(":") == false
        return (isCountry ? region : Array(region.prefix(1))).map { key(String($0)) }
    }

    /// A part of a country by ISO 3166-2.
    private static func isPart(_ text: String, of known: Set<String>) -> Bool {
        let halves = text.split(separator: "-", omittingEmptySubsequences: false)
        guard halves.count == 2, halves[0].utf8.count == 2, (1...3).contains(halves[1].utf8.count)
        else { return false }
        return known.contains(key(String(halves[0])))
    }

    private static func isOwn(_ text: String) -> Bool {
        let halves = text.split(separator: ":", omittingEmptySubsequences: false)
        return halves.count == 2 && text.utf8.count <= 256
            && halves.allSatisfy { !$0.isEmpty && !$0.utf8.contains { $0 < 0x20 } }
    }

    /// Up to five regions whose names contain `text` or are contained in it.
    private static func near(_ text: String) -> [String] {
        let wanted = key(text)
        guard wanted.utf8.count > 1 else { return [] }
        let near = all.filter { region in
            region.contains {
                let known = key(String($0))
                return known.contains(wanted)
                    || (known.utf8.count > 3 && wanted.contains(known))
            }
        }
        return Array(near.compactMap(\.first).map(String.init).sorted().prefix(5))
    }
}
