import JouleFormat

/// A key or an identity that may have sealed a ledger, as it is published: one line of text.
package struct PublicKey: Sendable, Hashable {
    let identity: SealIdentity

    init(_ identity: SealIdentity) {
        self.identity = identity
    }

    /// Takes the line itself, or a file that holds it and nothing else.
    package init(_ argument: String) throws(LedgerError) {
        if let identity = try? SealDecoder.identity(argument) {
            self.identity = identity
            return
        }
        let text = try KeyFile.text(of: argument)
        guard !SigningSecret.isSecret(text) else {
            throw .unusable(path: argument, reason: "this is a secret key; give its .pub file")
        }
        do throws(FormatError) {
            identity = try SealDecoder.identity(text.hasSuffix("\n") ? text.dropLast() : text[...])
        } catch {
            throw .unusable(path: argument, reason: "not a public key (\(error.reason))")
        }
    }

    package var name: String { identity.name }
    /// The line.
    package var text: String { identity.text }

    /// How many seals an identity of many keys has in all; nil for a key that signs without end.
    package var count: Int? {
        if case .keys(let keys) = identity { keys.count } else { nil }
    }

    /// Why nothing can have this name; nil when something can.
    package static func problem(ofName name: String) -> String? {
        guard !VerifierKey.isName(name.utf8) else { return nil }
        return "a key's name is 1 to \(Limits.keyNameSizeMax) visible ASCII characters without '+'"
    }

    /// The most keys that an identity may have.
    package static let countMax = Limits.keysMax
}

/// Small files of text.
enum KeyFile {
    /// More than any key or state needs.
    static let sizeMax = 64 << 10

    static func text(of path: String, sizeMax: Int = sizeMax) throws(LedgerError) -> String {
        try text(of: try SystemFile.reading(path), sizeMax: sizeMax)
    }

    static func text(of file: borrowing SystemFile, sizeMax: Int = sizeMax) throws(LedgerError)
        -> String
    {
        let bytes = try file.read(at: 0, count: sizeMax + 1)
        guard bytes.count <= sizeMax, let text = String(validating: bytes, as: UTF8.self) else {
            throw .unusable(path: file.path, reason: "neither a key nor a proof")
        }
        return text
    }

    /// A file that was not there, durably.
    static func create(_ path: String, mode: UInt32, _ text: String) throws(LedgerError) {
        let file = try SystemFile.creating(path, mode: mode)
        do throws(LedgerError) {
            try file.write(Array(text.utf8), at: 0)
            try file.synchronize()
        } catch {
            SystemFile.remove(path)
            throw error
        }
        SystemFile.synchronizeDirectory(of: path)
    }
}
