import JouleQuantities

/// Where something is in the record of a run: `config.api_key`, `argv.3`, `/config/a.b` or
/// `epochs.*.note`.
package struct RecordPath: Sendable, Hashable {
    /// As it was given.
    package let text: String
    let parts: [String]
    /// Whether names may hold the dots between the parts.
    private let isDotted: Bool

    /// A dotted path, in which `*` is any name or place, or a JSON Pointer (RFC 6901).
    ///
    /// Nil when it names nothing.
    package init?(_ text: String) {
        self.text = text
        isDotted = !text.hasPrefix("/")
        if isDotted {
            parts = text.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        } else {
            let parts = text.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
            self.parts = parts.map { part in
                String(part).replacing("~1", with: "/").replacing("~0", with: "~")
            }
        }
        guard !parts.contains("") else { return nil }
    }

    private init(_ text: String, _ parts: [String], isDotted: Bool) {
        self.text = text
        self.parts = parts
        self.isDotted = isDotted
    }

    /// The path from within the member `name`; nil when it does not lead there.
    func within(_ name: String) -> RecordPath? {
        guard parts.first == name, parts.count > 1 else { return nil }
        return RecordPath(text, Array(parts.dropFirst()), isDotted: isDotted)
    }

    /// The path for a list of which `count` elements stand before the part at hand.
    func skipping(_ count: Int) -> RecordPath {
        guard let place = Int(parts[0]), place >= 0 else { return self }
        return RecordPath(text, ["\(place - count)"] + parts.dropFirst(), isDotted: isDotted)
    }

    /// Takes what the path names out of `value`; all that was there, nulls left out.
    func remove(from value: inout JSON) -> [JSON] { remove(parts[...], from: &value) }

    private func remove(_ parts: ArraySlice<String>, from value: inout JSON) -> [JSON] {
        switch value {
        case .object(var object):
            let removed = remove(parts, from: &object)
            value = .object(object)
            return removed
        case .array(var elements):
            let removed = remove(parts, from: &elements)
            value = .array(elements)
            return removed
        default: return []
        }
    }

    private func remove(_ parts: ArraySlice<String>, from object: inout JSONObject) -> [JSON] {
        var removed: [JSON] = []
        // In a dotted path a name may be several parts, as in {"optimizer.lr": 0.1}.
        for length in 1...(isDotted ? parts.count : 1) {
            let wanted = parts.prefix(length).joined(separator: ".")
            let rest = parts.dropFirst(length)
            for member in object.members where member.name == wanted || isAny(wanted) {
                if rest.isEmpty {
                    if member.value != .null { removed.append(member.value) }
                    object[member.name] = nil
                } else {
                    var inner = member.value
                    removed += remove(rest, from: &inner)
                    object[member.name] = inner
                }
            }
        }
        return removed
    }

    private func remove(_ parts: ArraySlice<String>, from elements: inout [JSON]) -> [JSON] {
        guard let wanted = parts.first else { return [] }
        var removed: [JSON] = []
        for place in elements.indices.reversed() where wanted == "\(place)" || isAny(wanted) {
            if parts.count == 1 {
                removed.insert(elements.remove(at: place), at: 0)
            } else {
                removed.insert(contentsOf: remove(parts.dropFirst(), from: &elements[place]), at: 0)
            }
        }
        return removed
    }

    private func isAny(_ part: String) -> Bool { isDotted && part == "*" }
}
