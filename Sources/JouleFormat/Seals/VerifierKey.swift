import Crypto

/// What a signature line says of the key that signed: its name and the beginning of its hash.
package struct KeyHandle: Sendable, Hashable {
    /// In UTF-8: Swift's text would take two spellings of one character for the same.
    package var name: [UInt8]
    package var id: UInt32

    package init(name: [UInt8], id: UInt32) {
        self.name = name
        self.id = id
    }

    /// The first four bytes of SHA-256(name ‖ 0A ‖ key), most significant first.
    static func id(name: String, key: [UInt8]) -> UInt32 {
        Digest(of: Array(name.utf8), [0x0A], key).bytes.prefix(4).reduce(0) { $0 << 8 | UInt32($1) }
    }

    /// The id in the eight hexadecimal digits that stand in keys.
    package static func hex(_ id: UInt32) -> String {
        let digits = String(id, radix: 16)
        return String(repeating: "0", count: 8 - digits.count) + digits
    }
}

/// The public half of an Ed25519 key, as C2SP signed notes spell it: `NAME+ID+BASE64(01 ‖ key)`.
package struct VerifierKey: Sendable, Hashable {
    /// Visible ASCII without `+`.
    package let name: String
    package let id: UInt32
    /// 32 bytes.
    package let publicKey: [UInt8]
    /// The whole spelling.
    package let text: String

    /// The byte before an Ed25519 key.
    static let ed25519: UInt8 = 0x01

    init(name: String, id: UInt32, publicKey: [UInt8], text: String) {
        self.name = name
        self.id = id
        self.publicKey = publicKey
        self.text = text
    }

    package var handle: KeyHandle { KeyHandle(name: Array(name.utf8), id: id) }

    /// Its leaf in the tree of an identity's keys.
    package var leaf: Digest { MerkleTree.leaf(Array(text.utf8)) }

    /// Whether a key may have this name: 1…255 visible ASCII characters other than `+`.
    ///
    /// C2SP allows more; nothing that only looks like another name passes here.
    package static func isName(_ text: some Sequence<UInt8>) -> Bool {
        var size = 0
        for byte in text {
            guard (0x21...0x7E).contains(byte), byte != UInt8(ascii: "+") else { return false }
            size += 1
        }
        return (1...Limits.keyNameSizeMax).contains(size)
    }

    /// Whether the key made this signature of `text`.
    package func verifies(_ signature: [UInt8], of text: [UInt8]) -> Bool {
        guard Self.isCanonical(publicKey),
            let key = try? Curve25519.Signing.PublicKey(rawRepresentation: publicKey)
        else { return false }
        return key.isValidSignature(signature, for: text)
    }

    /// Whether 32 bytes spell a point in the one way of RFC 8032 § 5.1.3, as far as the spelling
    /// alone tells: y is below p = 2²⁵⁵ − 19, and no sign is set where x is 0, at y of 1 and p − 1.
    ///
    /// The library takes the other spellings, too.
    static func isCanonical(_ key: [UInt8]) -> Bool {
        guard key.count == 32 else { return false }
        let isSigned = key[31] & 0x80 != 0
        let top = key[31] & 0x7F
        let isOne = key[0] == 1 && top == 0 && key[1..<31].allSatisfy { $0 == 0 }
        let isHigh = top == 0x7F && key[1..<31].allSatisfy { $0 == 0xFF }
        // p ends, in this order of bytes, as it begins: ED.
        if isHigh && key[0] >= 0xED { return false }
        return !isSigned || !(isOne || (isHigh && key[0] == 0xEC))
    }
}

/// Who seals, as the world knows them.
package enum SealIdentity: Sendable, Hashable {
    /// One key that signs everything.
    case key(VerifierKey)
    /// A fixed number of keys, each of which signs once and is then forgotten.
    case keys(KeySet)

    package var name: String {
        switch self {
        case .key(let key): key.name
        case .keys(let keys): keys.name
        }
    }

    /// The line that is published.
    package var text: String {
        switch self {
        case .key(let key): key.text
        case .keys(let keys): keys.text
        }
    }
}

/// All keys of a forward-secure identity, by the root of the tree over them.
package struct KeySet: Sendable, Hashable {
    package let name: String
    /// How many there are, at least two.
    package let count: Int
    /// RFC 6962 root over the verifier keys in UTF-8.
    package let root: Digest
    /// `NAME+ID+BASE64(FF ‖ "joulebook/keys/1" ‖ count u32 ‖ root)`.
    package let text: String

    /// C2SP leaves 0xFF, followed by a longer name, to kinds of keys that it does not know.
    static let kind = [0xFF] + Array("joulebook/keys/1".utf8)

    init(name: String, count: Int, root: Digest, text: String) {
        self.name = name
        self.count = count
        self.root = root
        self.text = text
    }
}
