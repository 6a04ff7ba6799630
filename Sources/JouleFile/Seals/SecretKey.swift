import Glibc
import JouleFormat

/// The file of a secret key, with which ledgers are sealed.
package struct SecretKey: Sendable {
    package let path: String
    /// What is published of it.
    package let publicKey: PublicKey

    /// Nobody but its owner may read it.
    private static let mode: UInt32 = 0o600
    /// The public half is beside it.
    package static func publicPath(of path: String) -> String { path + ".pub" }

    /// Makes a new key and its two files, neither of which may exist.
    ///
    /// With `count` it is a forward-secure identity of so many keys, each of which seals once.
    package static func create(_ path: String, name: String, count: Int?) throws(LedgerError)
        -> SecretKey
    {
        guard let secret = secret(name: name, count: count) else {
            throw .unusable(path: path, reason: "no key can be made of this name or number")
        }
        try KeyFile.create(path, mode: mode, secret.text)
        do throws(LedgerError) {
            let text = secret.identity.text + "\n"
            try KeyFile.create(publicPath(of: path), mode: 0o664, text)
        } catch {
            SystemFile.remove(path)
            throw error
        }
        return SecretKey(path: path, publicKey: PublicKey(secret.identity))
    }

    private static func secret(name: String, count: Int?) -> SigningSecret? {
        let seed = SigningKey.randomSeed()
        guard let count else { return SigningKey(name: name, seed: seed).map { .key($0) } }
        return SigningChain(name: name, count: count, seed: seed).map {
            .chain($0, identity: $0.identity)
        }
    }

    /// Opens a file that `create` made.
    package init(_ path: String) throws(LedgerError) {
        let secret = try Self.secret(in: try KeyFile.text(of: path), path: path)
        self.path = path
        publicKey = PublicKey(secret.identity)
    }

    /// Throws when every key has sealed, and when the next one is not above the `last` that sealed:
    /// then the file is a copy from before that.
    func requireKey(above last: Int?) throws(LedgerError) {
        guard
            case .chain(let chain, _) = try Self.secret(
                in: try KeyFile.text(of: path),
                path: path
            )
        else { return }
        try Self.require(chain, path: path)
        guard let last, chain.number <= last else { return }
        throw .unusable(
            path: path,
            reason: "this key file is older than the ledger's last seal: key \(chain.number + 1) of"
                + " \(chain.count) comes next in it, and key \(last + 1) has sealed"
        )
    }

    private init(path: String, publicKey: PublicKey) {
        self.path = path
        self.publicKey = publicKey
    }

    private static func secret(in text: String, path: String) throws(LedgerError) -> SigningSecret {
        guard let secret = SigningSecret(text) else {
            let isPublic = (try? SealDecoder.identity(text.prefix { $0 != "\n" })) != nil
            throw .unusable(
                path: path,
                reason: isPublic
                    ? "this is a public key; give the secret one, without .pub"
                    : "not a secret key of 'joulebook keygen'"
            )
        }
        return secret
    }

    private static func require(_ chain: SigningChain, path: String) throws(LedgerError) {
        guard chain.number < chain.count else {
            throw .unusable(
                path: path,
                reason: "all \(chain.count) keys of \(chain.name) have sealed; make a new identity"
                    + " with 'joulebook keygen'"
            )
        }
    }

    // MARK: Sealing

    /// A key to sign one checkpoint with.
    ///
    /// Of a forward-secure identity the file no longer holds it when this returns, durably.
    func takeKey() throws(LedgerError) -> (key: SigningKey, payload: KeyPayload) {
        let file = try Self.lock(path)
        switch try Self.secret(in: try KeyFile.text(of: file), path: path) {
        case .key(let key): return (key, KeyPayload(key: key.verifierKey))
        case .chain(var chain, let identity):
            try Self.require(chain, path: path)
            guard let taken = chain.takeNext(), taken.payload.isKey(of: .keys(identity)) else {
                throw .unusable(path: path, reason: "its keys are not those of its identity")
            }
            try replace(file, with: SigningSecret.chain(chain, identity: identity).text)
            return taken
        }
    }

    /// The file, with nobody else about to take a key from it.
    private static func lock(_ path: String) throws(LedgerError) -> SystemFile {
        for _ in 0..<100 {
            let file = try SystemFile.appending(path)
            guard file.lockExclusively() else { continue }
            // Whoever had the lock before may have put another file in its place.
            let status = try file.status()
            guard try SystemFile.appending(path).status().st_ino == status.st_ino else { continue }
            guard status.st_nlink == 1 else {
                let reason = "the file has a second name, under which a used key would stay"
                throw .unusable(path: path, reason: reason)
            }
            return file
        }
        throw .unusable(path: path, reason: "another seal is being made with this key; try again")
    }

    /// Puts the new state in the place of the old one, and then overwrites the old one.
    private func replace(_ old: borrowing SystemFile, with text: String) throws(LedgerError) {
        let next = path + ".next"
        // Left by somebody who died here: its keys are those of the file that is there.
        SystemFile.remove(next)
        try KeyFile.create(next, mode: Self.mode, text)
        do throws(LedgerError) { try SystemFile.rename(next, to: path) } catch {
            SystemFile.remove(next)
            throw error
        }
        SystemFile.synchronizeDirectory(of: path)
        // Its blocks may long stay on the disk. Where this fails, the file is gone all the same.
        if let size = try? old.size() {
            try? old.write([UInt8](repeating: 0, count: Int(clamping: size)), at: 0)
            try? old.synchronize()
        }
    }
}
