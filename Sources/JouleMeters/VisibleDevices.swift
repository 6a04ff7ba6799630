/// The GPUs that a process may use, as `CUDA_VISIBLE_DEVICES` names them.
///
/// The rules are those of the CUDA C++ Programming Guide, "CUDA Environment Variables": a list of
/// numbers, beginnings of UUIDs and names of MIG devices, which ends before its first entry that names
/// no device.
struct VisibleDevices: Sendable, Hashable {
    enum Entry: Sendable, Hashable {
        /// A place among the devices, in CUDA's order.
        case index(Int)
        /// `GPU-…`, whole or its beginning.
        case uuid(String)
        /// `MIG-…`.
        case mig(String)
    }

    /// Nil when the process may use all.
    let entries: [Entry]?

    /// `text` is the variable's value, nil when it is not set.
    init(_ text: String?) {
        guard let text else {
            entries = nil
            return
        }
        var entries: [Entry] = []
        for word in text.split(separator: ",", omittingEmptySubsequences: false).prefix(4096) {
            guard let entry = Self.entry(String(word).trimmed) else { break }
            entries.append(entry)
        }
        self.entries = entries
    }

    /// Whether devices are named by their places.
    var hasIndices: Bool {
        entries?.contains { if case .index = $0 { true } else { false } } ?? false
    }

    private static func entry(_ word: String) -> Entry? {
        if word.hasPrefix("GPU-") { return .uuid(word) }
        if word.hasPrefix("MIG-") { return .mig(word) }
        return Int(word).flatMap { $0 >= 0 ? .index($0) : nil }
    }

    /// A GPU of the list by its place, or a MIG device of it.
    struct Choice: Sendable, Hashable {
        let place: Int
        let mig: String?
    }

    /// Places in `uuids` of the GPUs that the list names, each once; `migParent` finds the UUID of the
    /// GPU that a MIG device is part of.
    func places(among uuids: [String], migParent: (String) -> String?) -> [Int] {
        var places: [Int] = []
        for choice in choices(among: uuids, migParent: migParent)
        where !places.contains(choice.place) { places.append(choice.place) }
        return places
    }

    /// The same with the MIG devices, in the list's order.
    func choices(among uuids: [String], migParent: (String) -> String?) -> [Choice] {
        guard let entries else { return uuids.indices.map { Choice(place: $0, mig: nil) } }
        var choices: [Choice] = []
        for entry in entries {
            var mig: String?
            let place: Int?
            switch entry {
            case .index(let index): place = uuids.indices.contains(index) ? index : nil
            case .uuid(let start): place = only(uuids.indices.filter { uuids[$0].hasPrefix(start) })
            case .mig(let name):
                place = migParent(name).flatMap { uuids.firstIndex(of: $0) }
                mig = name
            }
            guard let place else { break }
            choices.append(Choice(place: place, mig: mig))
        }
        return choices
    }

    /// A beginning that several UUIDs share names none of them.
    private func only(_ places: [Int]) -> Int? { places.count == 1 ? places[0] : nil }
}
