import CJouleSystem
import Glibc
import JouleQuantities
import Synchronization

/// A claim that this process holds, until it lets go of it or ends.
package final class Claim: Sendable {
    private let path: String
    /// From when on it was seen by who else would claim the same.
    let since: WallTime?
    private let inode: UInt64
    private let digest: String
    private let generation = joule_fork_generation()
    private let isHeld = Atomic(true)
    private let renewedNS = Atomic(MonotonicClock.nowNS())

    init(_ draft: ClaimDraft, path: String, since: WallTime?) {
        self.path = path
        self.since = since
        inode = draft.inode
        digest = draft.digest
    }

    /// Renews the lease when that is due; a forked child, whose claim it is not, does nothing.
    func renew() {
        guard joule_fork_generation() == generation, isHeld.load(ordering: .relaxed) else { return }
        let now = MonotonicClock.nowNS()
        guard now &- renewedNS.load(ordering: .relaxed) >= ClaimDocument.periodNS else { return }
        renewedNS.store(now, ordering: .relaxed)
        touch()
    }

    /// Gives the claim the time of its server; false when it is another's by now.
    @discardableResult
    package func touch() -> Bool {
        guard case .file(let file) = ClaimFile.find(path), file.digest == digest else {
            return false
        }
        let descriptor = unsafe open(path, O_WRONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var facts = stat()
        guard unsafe fstat(descriptor, &facts) == 0, UInt64(facts.st_ino) == inode else {
            return false
        }
        return futimens(descriptor, nil) == 0
    }

    /// Lets go of the claim, if nobody has taken it over meanwhile; a forked child does nothing.
    package func release() {
        guard joule_fork_generation() == generation,
            isHeld.exchange(false, ordering: .acquiringAndReleasing)
        else { return }
        // Who took it for dead a moment ago looks again before it replaces it.
        if touch() { unsafe unlink(path) }
    }
}
