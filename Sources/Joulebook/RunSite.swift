package import JouleQuantities

/// Where a run draws its electricity, as far as anybody stated it.
package struct RunSite: Sendable, Hashable {
    /// A country, a part of one, or a cloud region.
    package let region: String?
    /// Power usage effectiveness of the building, within 1 and 3.
    package let pue: Double?

    /// Reads what the record says.
    package init(_ env: JSONObject?) {
        region = env?["JOULEBOOK_REGION"]?.string.flatMap { $0.isEmpty ? nil : $0 }
        pue = env?["JOULEBOOK_PUE"]?.string.flatMap { Double($0) }
            .flatMap { (1...3).contains($0) ? $0 : nil }
    }
}
