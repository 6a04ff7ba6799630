import Glibc
import JouleFile
package import JouleQuantities

/// Why a ledger has no place to be.
package struct LedgerPlaceError: Error, Equatable, CustomStringConvertible {
    package let path: String
    package let errno: Int32

    package var description: String {
        "cannot create \(path): \(errorText(errno)); set JOULEBOOK_DIR to a writable directory"
    }
}

/// Where the ledgers of a project lie, and what each is called.
package struct LedgerPlace: Sendable {
    /// The directory that holds all projects.
    package let root: String
    /// The project's own directory below it.
    package let folder: String

    package init(root: String, project: String) {
        self.root = root
        self.folder = (root.hasSuffix("/") ? root : root + "/") + Self.folderName(of: project)
    }

    /// Makes both directories, and keeps them out of the user's version control.
    ///
    /// They follow the umask and are never writable for everybody.
    package func prepare() throws(LedgerPlaceError) {
        let isNew = try Self.makeDirectories(root)
        let isNewFolder = try Self.makeDirectories(folder)
        // A directory that was there before may hold other work; git must go on seeing that.
        if isNew {
            LedgerDirectory.hideFromGit(root)
        } else if isNewFolder {
            LedgerDirectory.hideFromGit(folder)
        }
    }

    /// Makes the directory and in it the folder of claims, and keeps both out of version control.
    package func prepareClaims() throws(LedgerPlaceError) -> ClaimFolder {
        let claims = ClaimFolder(ledgerDirectory: root)
        if try Self.makeDirectories(root) { LedgerDirectory.hideFromGit(root) }
        if try Self.makeDirectories(claims.path) { LedgerDirectory.hideFromGit(claims.path) }
        return claims
    }

    /// `<UTC yyyymmddThhmmssZ>-<8 hex of run id>[-r<rank>][-<attempt>].joule` in the folder.
    package func path(of id: RunID, started: WallTime, rank: Int?, attempt: Int = 1) -> String {
        let isHex = id.short.utf8.count == 8 && id.short.utf8.allSatisfy { $0.isLowerHex }
        let short = isHex ? id.short : String(ContentHash.sha256Hex(id.description).prefix(8))
        let rankPart = rank.map { "-r\($0)" } ?? ""
        let attemptPart = attempt > 1 ? "-\(attempt)" : ""
        return "\(folder)/\(Self.stamp(started))-\(short)\(rankPart)\(attemptPart).joule"
    }

    /// A project's name as one harmless path component of at most 80 bytes.
    ///
    /// Letters, digits, `.`, `_` and `-` stay. A name that had to be changed carries a piece of its
    /// hash, so that `a/b` and `a-b` do not share a folder.
    package static func folderName(of project: String) -> String {
        var name = ""
        for scalar in project.unicodeScalars {
            guard name.utf8.count + scalar.utf8.count <= 64 else { break }
            let isKept =
                scalar.properties.isAlphabetic || scalar.properties.numericType != nil
                || "._-".unicodeScalars.contains(scalar)
            name.unicodeScalars.append(isKept ? scalar : "-")
        }
        // A leading dot hides a folder or climbs out of it, a leading dash looks like an option.
        while name.hasPrefix(".") || name.hasPrefix("-") { name.removeFirst() }
        if name == project, !name.isEmpty { return name }
        let digest = ContentHash.sha256Hex(project).prefix(8)
        return name.isEmpty ? "project-\(digest)" : "\(name)-\(digest)"
    }

    private static func stamp(_ time: WallTime) -> String {
        var seconds = time_t(time.unixNanoseconds / 1_000_000_000)
        var date = unsafe tm()
        guard unsafe gmtime_r(&seconds, &date) != nil else { return "unknown" }
        func digits(_ value: Int32, _ count: Int) -> String {
            let text = String(value)
            return String(repeating: "0", count: max(0, count - text.utf8.count)) + text
        }
        let day =
            unsafe digits(date.tm_year &+ 1900, 4) + digits(date.tm_mon &+ 1, 2)
            + digits(date.tm_mday, 2)
        return unsafe day + "T" + digits(date.tm_hour, 2) + digits(date.tm_min, 2)
            + digits(date.tm_sec, 2) + "Z"
    }

    /// Whether the last of the directories had to be made.
    private static func makeDirectories(_ path: String) throws(LedgerPlaceError) -> Bool {
        if unsafe mkdir(path, 0o775) == 0 { return true }
        let code = errno
        switch code {
        case EEXIST where isDirectory(path): return false
        case ENOENT where parentPath(path) != path && !path.isEmpty:
            _ = try makeDirectories(parentPath(path))
            if unsafe mkdir(path, 0o775) == 0 { return true }
            // A sibling rank may have been faster.
            if errno == EEXIST, isDirectory(path) { return false }
            throw LedgerPlaceError(path: path, errno: errno)
        case EEXIST: throw LedgerPlaceError(path: path, errno: ENOTDIR)
        default: throw LedgerPlaceError(path: path, errno: code)
        }
    }

    private static func isDirectory(_ path: String) -> Bool {
        var facts = stat()
        return unsafe stat(path, &facts) == 0 && facts.st_mode & S_IFMT == S_IFDIR
    }
}

/// What the system calls an error number.
func errorText(_ code: Int32) -> String {
    var text = [CChar](repeating: 0, count: 256)
    guard unsafe strerror_r(code, &text, text.count) == 0 else { return "errno \(code)" }
    let bytes = text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
    return String(decoding: bytes, as: UTF8.self)
}

extension UInt8 {
    var isLowerHex: Bool { isDigit || self >= 0x61 && self <= 0x66 }
}
