/// Why a file of cases, or one case of it, cannot be read, and where.
struct CaseError: Error, Hashable, CustomStringConvertible {
    let location: String
    let reason: String

    init(_ location: String, _ reason: String) {
        self.location = location
        self.reason = reason
    }

    var description: String { "\(location): \(reason)" }
}
