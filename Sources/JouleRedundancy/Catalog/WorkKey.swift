import JouleFile
import JouleQuantities

/// By which the catalog finds runs that may be of one recipe.
///
/// Runs whose configurations are equal, whatever kinds their keys are learnt to have, have one work
/// key; runs that have one need not be of one recipe. Neither seed nor anything that one side of a
/// comparison may lack goes in: not code, data, framework, stage or number of ranks.
struct WorkKey {
    let work: Int64
    /// Of the main seed; nil of a run that states none.
    private(set) var seed: Int64?

    /// `work` without what another key may switch off.
    let rest: Int64
    /// `rest` without texts that are not protected: one may be the run's name.
    let loose: Int64

    /// A value of a key, without its spelling.
    struct Leaf: Hashable {
        let path: String
        let value: CanonicalValue
    }

    /// Nil for a run of which nothing is configured: nothing says what it does.
    ///
    /// Each of `toggled` is left out where the run holds it, and added where it does not hold its key.
    init?(_ run: RunRecord, roles: KeyRoles, toggled: [Leaf] = []) {
        let isEmpty = run.config?.isEmpty ?? true
        let arguments = isEmpty ? RunSetting.Facts.arguments(of: run) : nil
        guard !isEmpty || arguments != nil else { return nil }
        let configuration = CanonicalConfiguration(
            RawLeaves(run.config ?? JSONObject()),
            kinds: KeyKinds(),
            roles: roles,
            unread: KeyMaker.unread(of: run)
        )
        var leaves = configuration.semantic.map { Leaf(path: $0.path, value: $0.value.unspelt) }
        for one in toggled {
            if let place = leaves.firstIndex(where: { $0.path == one.path }) {
                if leaves[place].value == one.value { leaves.remove(at: place) }
            } else {
                leaves.append(one)
            }
        }
        self.init(leaves, arguments, roles)
        seed = SeedKey(run.seed, configuration.seeds).main.map { main in
            Int64(bitPattern: Fingerprint64.of(main.json.text()))
        }
    }

    private init(_ leaves: [Leaf], _ arguments: JSON?, _ roles: KeyRoles) {
        let idle =
            leaves.contains { $0.value.isOff }
            ? SwitchedOff.places(in: leaves.map { ($0.path, $0.value.isOff) }) : []
        var sums: (work: UInt64, rest: UInt64, loose: UInt64) = (0, 0, 0)
        for (place, leaf) in leaves.enumerated() {
            // Where texts spell what the program takes by itself, kinds decide whether they are it.
            if let standard = roles.rules.defaults[leaf.path],
                CanonicalValue.unspelt(standard) == leaf.value
            {
                continue
            }
            let hash = Self.hash(leaf.path, leaf.value.json)
            sums.work &+= hash
            let isText = leaf.value.isText
            let mayBeIdle = isText || idle.contains(place)
            let stays = !mayBeIdle || roles.isProtected(leaf.path)
            if stays || !idle.contains(place) { sums.rest &+= hash }
            if stays { sums.loose &+= hash }
        }
        if let arguments {
            let hash = Self.hash("", arguments)
            sums = (sums.work &+ hash, sums.rest &+ hash, sums.loose &+ hash)
        }
        work = Int64(bitPattern: sums.work)
        rest = Int64(bitPattern: sums.rest)
        loose = Int64(bitPattern: sums.loose)
    }

    private static func hash(_ path: String, _ value: JSON) -> UInt64 {
        Fingerprint64.combine(Fingerprint64.of(path), Fingerprint64.of(value.text()))
    }
}

extension CanonicalValue {
    /// The number, truth value or null that a text spells, whatever its key is elsewhere.
    var unspelt: CanonicalValue {
        guard case .string(let text) = self else { return self }
        if let number = CanonicalValue(spelling: text) { return number }
        // No longer text spells one of these.
        guard text.utf8.count <= 5 else { return self }
        switch text.lowercased() {
        case "true", "yes", "on": return .bool(true)
        case "false", "no", "off": return .bool(false)
        case "none", "null": return .null
        default: return self
        }
    }

    /// The same of a value as a rule states it.
    static func unspelt(_ value: JSON) -> CanonicalValue {
        let leaf = RawLeaves.Leaf(path: "", kindPath: "", value: value)
        return KeyKinds().canonical(leaf).unspelt
    }
}
