/// What a file of a secret key holds, as text.
///
/// A single key is spelt as golang.org/x/mod/sumdb/note spells it, so that other tools sign with it,
/// too: `PRIVATE+KEY+NAME+ID+BASE64(01 ‖ seed)`.
package enum SigningSecret: Sendable {
    case key(SigningKey)
    /// With the identity as its file states it, since making it anew takes all keys.
    case chain(SigningChain, identity: KeySet)

    package var identity: SealIdentity {
        switch self {
        case .key(let key): .key(key.verifierKey)
        case .chain(_, let identity): .keys(identity)
        }
    }

    private static let keyPrefix = "PRIVATE+KEY+"
    private static let chainTitle = "joulebook/secret-keys@v1"

    /// Whether a text is a secret, well spelt or not, which is not for showing.
    package static func isSecret(_ text: String) -> Bool {
        text.hasPrefix(keyPrefix) || text.hasPrefix(chainTitle)
    }

    /// Nil for any other text than one that `text` gives.
    package init?(_ text: String) {
        if text.hasPrefix(Self.keyPrefix) {
            guard let key = Self.key(text.dropFirst(Self.keyPrefix.count)) else { return nil }
            self = .key(key)
        } else {
            guard let chain = Self.chain(text) else { return nil }
            self = chain
        }
    }

    private static func key(_ text: Substring) -> SigningKey? {
        let parts = text.split(separator: "+", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, parts[2].hasSuffix("\n"),
            let secret = Base64.bytes(parts[2].dropLast().utf8),
            secret.first == VerifierKey.ed25519,
            let key = SigningKey(name: String(parts[0]), seed: Array(secret.dropFirst())),
            parts[1] == KeyHandle.hex(key.verifierKey.id)
        else { return nil }
        return key
    }

    private static func chain(_ text: String) -> SigningSecret? {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.count >= 5, lines[0] == chainTitle, lines.last == "",
            case .keys(let identity) = try? SealDecoder.identity(lines[1]),
            lines[2].hasPrefix("next "), let number = Int(lines[2].dropFirst(5)),
            lines[3].hasPrefix("seed "), let seed = Base64.bytes(lines[3].dropFirst(5).utf8),
            let spent = MerkleTree(
                size: UInt64(clamping: number),
                range: lines[4..<(lines.count - 1)].compactMap {
                    Base64.bytes($0.utf8).flatMap { Digest(bytes: $0) }
                }
            ),
            let chain = SigningChain(
                name: identity.name,
                count: identity.count,
                number: number,
                seed: seed,
                spent: spent
            )
        else { return nil }
        return .chain(chain, identity: identity)
    }

    package var text: String {
        switch self {
        case .key(let key):
            let secret = Base64.text([VerifierKey.ed25519] + key.seed)
            let id = KeyHandle.hex(key.verifierKey.id)
            return "\(Self.keyPrefix)\(key.verifierKey.name)+\(id)+\(secret)\n"
        case .chain(let chain, let identity):
            var lines = [
                Self.chainTitle, identity.text, "next \(chain.number)",
                "seed \(Base64.text(chain.seed))",
            ]
            lines += chain.spent.range.map { Base64.text($0.bytes) }
            return lines.joined(separator: "\n") + "\n"
        }
    }
}
