import JouleQuantities

/// A nested configuration as a list of paths with values, for reading.
enum FlatConfig {
    /// One value with the names that lead to it, joined by dots.
    struct Leaf {
        var path: String
        var value: String
    }

    /// The leaves in the order in which they were given; arrays stay whole.
    static func leaves(of object: JSONObject, under prefix: String = "") -> [Leaf] {
        object.members.flatMap { member -> [Leaf] in
            let path = prefix + member.name
            if case .object(let inner) = member.value, !inner.isEmpty {
                return leaves(of: inner, under: path + ".")
            }
            return [Leaf(path: path, value: spelling(of: member.value))]
        }
    }

    /// A value as it was spelt; strings without their quotes where nothing is lost by that.
    static func spelling(of value: JSON) -> String {
        guard case .string(let text) = value else { return value.text() }
        // A string that reads like another JSON value keeps its quotes, so that "0.1" is not 0.1.
        let readsAsJSON = (try? JSON(parsing: text)) != nil
        return readsAsJSON || text.isEmpty || text.contains(" ") ? value.text() : text
    }
}
