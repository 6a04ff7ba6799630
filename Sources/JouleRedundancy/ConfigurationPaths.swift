import JouleQuantities

/// Paths of configurations, each kept once and named by its place.
struct ConfigurationPaths {
    typealias Place = Int32

    struct Path {
        /// Such as `model.layers[0].width`; two entries may share it where kinds differ.
        let text: String
        /// The same with empty brackets, so that all elements of a list share one kind.
        let kind: String
        let role: KeyRoles.Role
    }

    private struct Name: Hashable {
        let text: String
        let kind: String
    }

    private struct Step: Hashable {
        let parent: Place
        let name: String
    }

    private struct ElementStep: Hashable {
        let parent: Place
        let element: Int
    }

    private let roles: KeyRoles
    private(set) var all: [Path]
    private var places: [Name: Place] = [:]
    /// How names and elements lead on from a path.
    private var steps: [Step: Place] = [:]
    private var elements: [ElementStep: Place] = [:]

    /// The path of a whole configuration.
    static let root: Place = 0

    init(_ roles: KeyRoles) {
        self.roles = roles
        all = [Path(text: "", kind: "", role: .semantic)]
    }

    subscript(place: Place) -> Path { all[Int(place)] }

    mutating func place(of name: String, in parent: Place) -> Place {
        let step = Step(parent: parent, name: name)
        if let known = steps[step] { return known }
        let shown = name.isEmpty ? "\"\"" : name
        let isTop = parent == Self.root
        let path = self[parent]
        let place = place(
            text: isTop ? shown : path.text + "." + shown,
            kind: isTop ? shown : path.kind + "." + shown
        )
        steps[step] = place
        return place
    }

    mutating func place(of element: Int, in parent: Place) -> Place {
        let step = ElementStep(parent: parent, element: element)
        if let known = elements[step] { return known }
        let path = self[parent]
        let place = place(text: path.text + "[\(element)]", kind: path.kind + "[]")
        elements[step] = place
        return place
    }

    mutating func place(text: String, kind: String) -> Place {
        let name = Name(text: text, kind: kind)
        if let known = places[name] { return known }
        let place = Place(all.count)
        all.append(Path(text: text, kind: kind, role: roles.role(of: text)))
        places[name] = place
        return place
    }
}
