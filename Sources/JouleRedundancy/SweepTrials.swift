package import JouleQuantities

/// The configurations of a search, from a list or a grid.
package struct SweepTrials: Sendable {
    /// In their order; of a grid the last key varies fastest.
    package let configurations: [JSONObject]

    /// More trials than anybody starts.
    package static let trialsMax = 1_000_000

    /// Reads `[{…}, …]`, `{"base": {…}, "grid": {"optim.lr": [0.1, 0.01], …}}`, or one object a line.
    package init(parsing bytes: [UInt8]) throws(SweepError) {
        let document: JSON
        do { document = try JSON(parsing: bytes) } catch let whole {
            self.init(configurations: try Self.lines(bytes, otherwise: "\(whole)"))
            return
        }
        try self.init(document)
    }

    /// A list of configurations, or a grid.
    package init(_ document: JSON) throws(SweepError) {
        let configurations: [JSONObject]
        if let list = document.array {
            configurations = try Self.objects(list)
        } else if let object = document.object, object["grid"] != nil {
            configurations = try Self.grid(object)
        } else if let object = document.object {
            // One line of a list of lines.
            configurations = [object]
        } else {
            throw SweepError(
                "neither a list of configurations nor {\"base\": {…}, \"grid\": {\"lr\": [0.1, 0.01]}}"
            )
        }
        guard configurations.count <= Self.trialsMax else { throw Self.tooMany }
        self.init(configurations: configurations)
    }

    private init(configurations: [JSONObject]) {
        self.configurations = configurations
    }

    private static let tooMany = SweepError("more than \(trialsMax) trials; split the search")

    private static func objects(_ list: [JSON]) throws(SweepError) -> [JSONObject] {
        var objects: [JSONObject] = []
        for (number, element) in list.enumerated() {
            guard let object = element.object else {
                throw SweepError("trial \(number) is not a JSON object")
            }
            objects.append(object)
        }
        return objects
    }

    private static func lines(_ bytes: [UInt8], otherwise reason: String) throws(SweepError)
        -> [JSONObject]
    {
        var objects: [JSONObject] = []
        for (number, line) in bytes.split(separator: UInt8(ascii: "\n")).enumerated() {
            guard line.contains(where: { !" \t\r".utf8.contains($0) }) else { continue }
            guard let object = (try? JSON(parsing: Array(line)))?.object else {
                throw SweepError(
                    number == 0 ? "not JSON: \(reason)" : "line \(number + 1): not a JSON object"
                )
            }
            guard objects.count < trialsMax else { throw tooMany }
            objects.append(object)
        }
        return objects
    }

    private static func grid(_ object: JSONObject) throws(SweepError) -> [JSONObject] {
        let base = object["base"] ?? .object(JSONObject())
        guard let first = base.object else { throw SweepError("`base` is not a JSON object") }
        guard let axes = object["grid"]?.object else {
            throw SweepError("`grid` is not an object of keys and lists of values")
        }
        var configurations = [first]
        for axis in axes.members {
            guard let values = axis.value.array, !values.isEmpty else {
                throw SweepError("`grid.\(axis.name)` is not a list of values")
            }
            guard configurations.count <= trialsMax / values.count else { throw tooMany }
            let path = axis.name.split(separator: ".", omittingEmptySubsequences: false)
            guard path.count <= JSON.depthMax else {
                throw SweepError("`grid` has a key of more than \(JSON.depthMax) names")
            }
            configurations = configurations.flatMap { configuration in
                values.map { configuration.setting(path.map(String.init)[...], to: $0) }
            }
        }
        return configurations
    }
}

/// Why a search cannot be read.
package struct SweepError: Error, Equatable, Sendable, CustomStringConvertible {
    package let description: String

    init(_ description: String) { self.description = description }
}

extension JSONObject {
    /// The object with `value` at a path, sections made where there are none.
    fileprivate func setting(_ path: ArraySlice<String>, to value: JSON) -> JSONObject {
        var object = self
        guard let name = path.first else { return object }
        // A point within a name reads as nesting, as everywhere; a name that is there goes first.
        let whole = path.joined(separator: ".")
        if path.count == 1 || object[whole] != nil {
            object[whole] = value
        } else {
            let section = object[name]?.object ?? JSONObject()
            object[name] = .object(section.setting(path.dropFirst(), to: value))
        }
        return object
    }
}
