import Glibc
package import JouleFile
import JouleQuantities
package import JouleRedundancy

/// The folder of a ledger directory in which runs say what they do before they have a ledger.
///
/// A claim is a file. It is written under a name of its own and then linked to the name of its question,
/// which succeeds for one process and no other, on NFS as well. A dead claim is followed by another,
/// linked to a name made of the dead one's content, so that again one process succeeds; it makes
/// sure that nothing before it in this chain has changed, and puts its claim in the place of the first.
/// `Schemas/Decisions/0023-claims.md` goes through what may come between.
package struct ClaimFolder: Sendable {
    package let path: String

    /// That of a ledger directory, whether it exists or not.
    package init(ledgerDirectory: String) {
        let isOpen = ledgerDirectory.hasSuffix("/")
        path = ledgerDirectory + (isOpen ? "" : "/") + LedgerDirectory.claimFolderName
    }

    /// What became of the wish to hold a claim.
    package enum Outcome: Sendable {
        case taken(Claim)
        /// Another process of this run holds it.
        case shared(RunRecord)
        case held(by: RunRecord)
        /// Nobody can tell who else starts this, and why.
        case unavailable(String)
    }

    /// Dead claims that follow each other only come of processes that died as they took one over.
    static let chainMax = 16
    private static let attemptsMax = 100

    /// Claims `identity` for `run`, unless a live process holds it.
    ///
    /// Waits for nobody, but for a moment where another process takes a dead claim away.
    package func take(_ identity: ClaimIdentity, for run: RunRecord) -> Outcome {
        take(identity.name, for: run, isSweeping: false)
    }

    func take(_ name: String, for run: RunRecord, isSweeping: Bool) -> Outcome {
        for _ in 0..<Self.attemptsMax {
            // What starts after this moment is told of the claim.
            var document = ClaimDocument(run, at: .now())
            document.isSweeping = isSweeping
            let draft: ClaimDraft
            switch ClaimDraft.write(document, beside: "\(path)/\(name)") {
            case .success(let written): draft = written
            case .failure(let failure): return .unavailable(failure.description)
            }
            defer { draft.remove() }
            if let outcome = attempt(draft, name, for: run, at: document.holder.started) {
                return outcome
            }
        }
        return .unavailable("others take and leave it all the time")
    }

    /// Nil where something changed meanwhile, so that another attempt is due.
    private func attempt(
        _ draft: ClaimDraft,
        _ name: String,
        for run: RunRecord,
        at moment: WallTime?
    ) -> Outcome? {
        let root = "\(path)/\(name)"
        switch draft.link(to: root) {
        case .done: return .taken(Claim(draft, path: root, since: moment))
        case .refused(let reason): return .unavailable(reason)
        case .isThere: break
        }
        var dead: [(path: String, digest: String)] = []
        var next = root
        while dead.count < Self.chainMax {
            let file: ClaimFile
            switch ClaimFile.find(next) {
            // The first is gone, so the name is free; or all are dead, and the next may be ours.
            case .nothing: return dead.isEmpty ? nil : follow(dead, next, draft, since: moment)
            case .refused(let reason): return .unavailable(reason)
            case .file(let found): file = found
            }
            switch file.state(nowNS: draft.modifiedNS) {
            case .alive(let document) where document.isSweeping:
                usleep(1000)
                return nil
            case .alive(let document):
                let holder = document.holder
                return holder.id == run.id ? .shared(holder) : .held(by: holder)
            case .unknown: return .unavailable("the claim of another process cannot be read")
            case .stale:
                dead.append((next, file.digest))
                next = "\(root).\(file.digest)"
            }
        }
        return .unavailable("too many processes died as they claimed it")
    }

    /// Takes over from `dead`, of which each follows the one before; nil where somebody was quicker.
    private func follow(
        _ dead: [(path: String, digest: String)],
        _ end: String,
        _ draft: ClaimDraft,
        since moment: WallTime?
    ) -> Outcome? {
        switch draft.link(to: end) {
        case .done: break
        case .refused(let reason): return .unavailable(reason)
        case .isThere: return nil
        }
        // Once the chain has changed its names are free again, and lead nowhere.
        let isUnchanged = dead.allSatisfy { place, digest in
            guard case .file(let file) = ClaimFile.find(place), file.digest == digest,
                case .stale = file.state(nowNS: draft.modifiedNS)
            else { return false }
            return true
        }
        guard isUnchanged, let root = dead.first?.path else {
            unsafe unlink(end)
            return nil
        }
        // A server may have done what it did not confirm.
        guard unsafe rename(end, root) == 0 || draft.isFile(at: root) else {
            let reason = errorText(errno)
            unsafe unlink(end)
            return .unavailable(reason)
        }
        for link in dead.dropFirst() { unsafe unlink(link.path) }
        return .taken(Claim(draft, path: root, since: moment))
    }
}

/// A claim that is written and not linked to a name that others look at.
struct ClaimDraft {
    let path: String
    /// When it was written, by the clock of the file's server.
    let modifiedNS: Int64
    let inode: UInt64
    /// That of the claim once it has its name.
    let digest: String

    enum Linked {
        case done
        case isThere
        case refused(String)
    }

    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    static let suffix = ".tmp"

    static func write(
        _ document: ClaimDocument,
        beside root: String
    ) -> Result<ClaimDraft, Failure> {
        let path = "\(root).\(ClaimDocument.token())\(suffix)"
        let flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW
        let descriptor = unsafe open(path, flags, 0o664)
        guard descriptor >= 0 else { return .failure(Failure(description: errorText(errno))) }
        let bytes = document.bytes
        let count = unsafe Glibc.write(descriptor, bytes, bytes.count)
        let code = errno
        // A server may only refuse the bytes when the file is closed.
        let isClosed = close(descriptor) == 0
        var facts = stat()
        guard count == bytes.count, isClosed, unsafe lstat(path, &facts) == 0 else {
            unsafe unlink(path)
            let reason = count < 0 ? errorText(code) : "no room for a claim"
            return .failure(Failure(description: reason))
        }
        return .success(
            ClaimDraft(
                path: path,
                modifiedNS: facts.modifiedNS,
                inode: UInt64(facts.st_ino),
                digest: ClaimFile.digest(of: bytes, inode: UInt64(facts.st_ino))
            )
        )
    }

    /// Gives the file another name unless that is taken.
    ///
    /// The answer of a server may be lost, and to the call repeated it says that the name is there: the
    /// number of names decides.
    func link(to name: String) -> Linked {
        if unsafe Glibc.link(path, name) == 0 { return .done }
        let code = errno
        var facts = stat()
        if unsafe lstat(path, &facts) == 0, facts.st_nlink == 2 { return .done }
        return code == EEXIST ? .isThere : .refused(errorText(code))
    }

    func isFile(at name: String) -> Bool {
        var facts = stat()
        return unsafe lstat(name, &facts) == 0 && UInt64(facts.st_ino) == inode
    }

    func remove() { unsafe unlink(path) }
}
