package import JouleFile
import JouleQuantities

/// What two processes that are about to do the same work both call it, whatever each has read of
/// other runs.
///
/// The leaves of EXACT (`Schemas/redundancy-keys.md` § 4) with their spelling removed wherever a
/// text spells a number, a truth value or null. What key kinds are learnt from depends on the
/// ledgers that somebody has read, so nothing learnt goes in: two texts that spell one number are
/// one here.
package struct ClaimIdentity: Hashable, Sendable {
    /// 64 lower-case hexadecimal digits.
    package let name: String

    /// Nil for a run of which nothing is configured: nothing says what it does.
    package init?(_ run: RunRecord, rules: KeyRules = .none) {
        let context = RecipeContext(run)
        guard !(run.config?.isEmpty ?? true) || context.leaves["argv"] != nil else { return nil }
        let configuration = CanonicalConfiguration(
            RawLeaves(run.config ?? JSONObject()),
            kinds: KeyKinds(),
            roles: KeyRoles(rules)
        )
        let seed = SeedKey(run.seed, configuration.seeds)
        var leaves = context.leaves.map { ($0.key, $0.value) }
        leaves += configuration.semantic.map { ("config." + $0.path, $0.value.unspelt.json) }
        if let main = seed.main { leaves.append(("seed", main.unspelt.json)) }
        leaves += seed.others.map { ("seed." + $0.path, $0.value.unspelt.json) }
        name = CanonicalConfiguration.identity(
            of: leaves.map {
                String(decoding: CanonicalConfiguration.line($0, $1), as: UTF8.self)
            }
        )
    }
}
