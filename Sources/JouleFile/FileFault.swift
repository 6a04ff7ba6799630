import Glibc

/// Something that went wrong with a writer's files.
struct FileFault: Sendable, Hashable {
    /// What the run's record says: what failed, and what became of it.
    let what: String
    /// Why rows were lost, where this is why, for a person.
    let reason: String

    init(_ error: LedgerError, _ consequence: String) {
        what = "\(error.cause); \(consequence)"
        guard case .system(_, _, let errno) = error, let name = Self.fullDisks[errno] else {
            reason = error.cause
            return
        }
        reason = "\(name) (\(LedgerError.text(errno)))"
    }

    /// Somebody has written to the ring.
    static let overwritten = FileFault(
        what: "the ring was written to by somebody else; rows in it are lost",
        reason: "the ring was written to by somebody else"
    )

    private init(what: String, reason: String) {
        self.what = what
        self.reason = reason
    }

    /// The room that is left is for what matters most.
    static var noRoom: FileFault {
        FileFault(.system(path: "", operation: "reserve room", errno: ENOSPC), "steps wait")
    }

    /// What a person calls it when there is no room.
    private static let fullDisks = [
        ENOSPC: "the disk is full", EDQUOT: "the quota of the disk is used up",
    ]
}
