import JouleQuantities

/// The configuration that `--config name=value` spells.
enum ConfigArguments {
    /// One object from all arguments; dots nest, and a value that is JSON is taken as such.
    static func parse(_ arguments: [String]) throws(CommandFailure) -> JSON {
        var config = JSONObject()
        for argument in arguments {
            guard let sign = argument.firstIndex(of: "="), sign > argument.startIndex else {
                throw .usage("--config '\(argument)' is not name=value; write for example lr=0.1")
            }
            let text = String(argument[argument.index(after: sign)...])
            let value = (try? JSON(parsing: text)) ?? .string(text)
            let path = argument[..<sign].split(separator: ".", omittingEmptySubsequences: false)
            guard set(value, at: path[...], in: &config) else {
                throw .usage(
                    "--config '\(argument)' contradicts another --config; give every name once"
                )
            }
        }
        return .object(config)
    }

    /// False when the place is taken or lies below a value.
    private static func set(
        _ value: JSON,
        at path: ArraySlice<Substring>,
        in object: inout JSONObject
    ) -> Bool {
        guard let name = path.first.map(String.init), !name.isEmpty else { return false }
        if path.count == 1 {
            guard object[name] == nil else { return false }
            object[name] = value
            return true
        }
        var inner = JSONObject()
        if let present = object[name] {
            guard case .object(let known) = present else { return false }
            inner = known
        }
        guard set(value, at: path.dropFirst(), in: &inner) else { return false }
        object[name] = .object(inner)
        return true
    }
}
