import JouleFile

/// The keys that may sign once only, and what each of them signed in the ledgers so far.
struct SingleSeals {
    private var signed: [String: (path: String, text: [UInt8])] = [:]

    /// Takes every signature of such keys in a ledger, its segments and its members; answers which key
    /// signed something else before: somebody kept a secret that should be gone.
    mutating func problem(of found: LedgerVerification, at path: String) -> String? {
        var problem: String?
        for (place, integrity) in found.files(at: path) {
            for seal in integrity.singleSeals {
                guard let other = signed[seal.verifierKey] else {
                    signed[seal.verifierKey] = (place, seal.text)
                    continue
                }
                guard other.text != seal.text, problem == nil else { continue }
                let key = "\(seal.key), which seals once,"
                problem = "\(key) sealed \(other.path) and \(place): it was copied"
            }
        }
        return problem
    }
}

extension LedgerVerification {
    /// What was found in each file and each member of a pack, by the name of each.
    fileprivate func files(at path: String) -> [(String, Integrity)] {
        [(path, integrity)] + segments.map { ($0.path, $0.integrity) }
            + members.compactMap { member in
                member.integrity.map { ("\(path)#\(member.path)", $0) }
            }
    }
}
