import JouleQuantities

extension Array {
    /// The one of the runs at `path` whose `id` begins with `prefix`, or is it.
    func only(
        _ id: KeyPath<Element, RunID>,
        beginningWith prefix: String,
        in path: String
    ) throws(CommandFailure) -> Element {
        let matches = filter { $0[keyPath: id].description.hasPrefix(prefix) }
        if let exact = matches.first(where: { $0[keyPath: id].description == prefix }) {
            return exact
        }
        switch matches.count {
        case 1: return matches[0]
        case 0:
            throw .badData("\(path): no run id begins with '\(prefix)'; 'joulebook ls' lists them")
        default:
            throw .badData(
                "\(path): \(matches.count) run ids begin with '\(prefix)'; give more of it"
            )
        }
    }
}
