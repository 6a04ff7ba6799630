package import JouleFile

/// What became of one ledger file that was to be pushed or pulled.
package struct LedgerTransfer: Sendable {
    package enum Outcome: String, Sendable, CaseIterable {
        /// It was sent or received; in a dry run it would be.
        case transferred
        /// The same version was there already.
        case present
        /// There is a later version, which begins with this one; it was left alone.
        case longer
        /// Neither version begins with the other; both were kept.
        case forked
        /// Something else went wrong.
        case failed
    }

    /// Of the file here, as a person finds it; empty where there is none yet.
    package internal(set) var path: String
    /// Empty where the file is no ledger.
    package internal(set) var fileID: String
    /// What was sent or received, or is there.
    package internal(set) var version: LedgerVersion?
    package internal(set) var sizeBytes: UInt64 = 0
    package internal(set) var outcome: Outcome
    /// What is to be said beside the outcome; of a failure what, where, and what to do.
    package internal(set) var message: String?
    /// Whether a process is writing it, so that more will come.
    package internal(set) var isLive = false
    /// Earlier versions of it that were removed from the store.
    package internal(set) var removed = 0
}

/// What goes wrong with one ledger.
enum TransferFailure: Error {
    case ledger(LedgerError)
    case store(ObjectStoreError)
    /// What there is to say, in full.
    case other(String)

    var message: String {
        switch self {
        case .ledger(let error): error.description
        case .store(let error): error.description
        case .other(let message): message
        }
    }
}
