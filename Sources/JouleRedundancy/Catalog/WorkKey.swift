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
    let seed: Int64?

    /// Nil for a run of which nothing is configured: nothing says what it does.
    init?(_ run: RunRecord, roles: KeyRoles) {
        let isEmpty = run.config?.isEmpty ?? true
        let arguments = isEmpty ? RunSetting.Facts.arguments(of: run) : nil
        guard !isEmpty || arguments != nil else { return nil }
        let configuration = CanonicalConfiguration(
            RawLeaves(run.config ?? JSONObject()),
            kinds: KeyKinds(),
            roles: roles,
            unread: KeyMaker.unread(of: run)
        )
        var sum: UInt64 = 0
        for leaf in configuration.semantic {
            let value = leaf.value.unspelt
            // Where texts spell what the program takes by itself, kinds decide whether they are it.
            if let standard = roles.rules.defaults[leaf.path],
                CanonicalValue.unspelt(standard) == value
            {
                continue
            }
            sum &+= Self.hash(leaf.path, value.json)
        }
        if let arguments { sum &+= Self.hash("", arguments) }
        work = Int64(bitPattern: sum)
        seed = SeedKey(run.seed, configuration.seeds).main.map { main in
            Int64(bitPattern: Fingerprint64.of(main.json.text()))
        }
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
    fileprivate static func unspelt(_ value: JSON) -> CanonicalValue {
        let leaf = RawLeaves.Leaf(path: "", kindPath: "", value: value)
        return KeyKinds().canonical(leaf).unspelt
    }
}
