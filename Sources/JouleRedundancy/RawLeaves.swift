import JouleQuantities

/// A nested configuration as a list of path and leaf, spelt as it was given.
struct RawLeaves {
    struct Leaf {
        /// Names joined by points, list places in brackets: `model.layers[0].width`.
        let path: String
        /// The same with empty brackets, so that all elements of a list share one kind.
        let kindPath: String
        /// Never a container that has elements.
        let value: JSON

        func with(_ value: JSON) -> Leaf { Leaf(path: path, kindPath: kindPath, value: value) }
    }

    private(set) var leaves: [Leaf] = []

    /// A point in a name reads as nesting, because launchers print `optim.lr` for both; where that
    /// would give two leaves one path, the points inside names are escaped instead.
    init(_ configuration: JSONObject) {
        leaves = Self.flatten(configuration, escaping: false)
        guard configuration.hasAmbiguousNames else { return }
        if Set(leaves.map(\.path)).count < leaves.count {
            leaves = Self.flatten(configuration, escaping: true)
        }
    }

    /// Walks with a list of its own instead of the stack, so that depth cannot exhaust it.
    private static func flatten(_ configuration: JSONObject, escaping: Bool) -> [Leaf] {
        var leaves: [Leaf] = []
        var open = [Leaf(path: "", kindPath: "", value: .object(configuration))]
        while let item = open.popLast() {
            switch item.value {
            case .object(let object) where !object.isEmpty:
                for member in object.members {
                    let name =
                        member.name.isEmpty
                        ? "\"\"" : escaping ? escaped(member.name) : member.name
                    let isTop = item.path.isEmpty
                    open.append(
                        Leaf(
                            path: isTop ? name : item.path + "." + name,
                            kindPath: isTop ? name : item.kindPath + "." + name,
                            value: member.value
                        )
                    )
                }
            case .array(let elements) where !elements.isEmpty:
                for (place, element) in elements.enumerated() {
                    open.append(
                        Leaf(
                            path: item.path + "[\(place)]",
                            kindPath: item.kindPath + "[]",
                            value: element
                        )
                    )
                }
            default:
                if !item.path.isEmpty { leaves.append(item) }
            }
        }
        return leaves
    }

    private static func escaped(_ name: String) -> String {
        String(name.flatMap { ".[]\\".contains($0) ? ["\\", $0] : [$0] })
    }
}

extension JSONObject {
    /// Whether some name holds a character that paths use themselves; looks at all levels.
    var hasAmbiguousNames: Bool {
        var open = [JSON.object(self)]
        while let value = open.popLast() {
            switch value {
            case .object(let object):
                for member in object.members {
                    if member.name.utf8.contains(where: { $0 == 0x2E || $0 == 0x5B }) {
                        return true
                    }
                    open.append(member.value)
                }
            case .array(let elements): open += elements
            default: break
            }
        }
        return false
    }
}
