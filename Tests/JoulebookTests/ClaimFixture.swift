import FoundationEssentials
import Glibc
import JouleFile
import JouleQuantities
import JouleRedundancy
import JouleTestSupport

@testable import Joulebook

/// A folder of claims, and one question that everybody claims.
final class TestFolder: Sendable {
    let folder: ClaimFolder
    let identity: ClaimIdentity
    private let directory: TemporaryDirectory

    init() throws {
        directory = TemporaryDirectory()
        folder = try LedgerPlace(root: directory.path, project: "p").prepareClaims()
        identity = try Self.identity(of: Self.record("any"))
    }

    /// The name and the path of the claim's file.
    var name: String { identity.name }
    var claim: String { "\(folder.path)/\(name)" }

    func take(_ id: String) -> ClaimFolder.Outcome { folder.take(identity, for: run(id)) }

    /// A run of this process.
    func run(_ id: String) -> RunRecord { Self.record(id) }

    /// Of another question.
    func name(of number: Int) throws -> String {
        var run = Self.record("any")
        run.config?["lr"] = .integer(Int64(number))
        return try Self.identity(of: run).name
    }

    private static func identity(of run: RunRecord) throws -> ClaimIdentity {
        guard let identity = ClaimIdentity(run) else { throw POSIXError(.EINVAL) }
        return identity
    }

    private static func record(_ id: String) -> RunRecord {
        guard let id = RunID(id) else { preconditionFailure("a name") }
        var run = RunRecord(id: id, status: .running)
        run.project = "p"
        let config: JSON = ["lr": 0.1, "seed": 0]
        run.config = config.object
        run.process = ProcessIdentity(
            host: text(of: "/proc/sys/kernel/hostname"),
            bootID: text(of: "/proc/sys/kernel/random/boot_id"),
            pid: getpid(),
            startTicks: nil
        )
        return run
    }

    private static func text(of path: String) -> String {
        let bytes = fileContent(path, sizeBytesMax: 4096) ?? []
        return String(decoding: bytes.prefix { $0 != 0x0A }, as: UTF8.self)
    }

    // MARK: What others leave

    /// Puts the claim of a process that has ended in the place of what is there, or behind `other`.
    func leaveDead(name: String? = nil, behind other: String? = nil) throws {
        var run = Self.record("dead")
        // No process has such a number (`PID_MAX_LIMIT`).
        run.process?.pid = 1 << 30
        let target = other.map { "\($0).\(ClaimFile.digest(at: $0) ?? "")" }
        try leave(run, at: target ?? "\(folder.path)/\(name ?? self.name)")
    }

    func leave(_ run: RunRecord, at path: String? = nil) throws {
        let draft = try ClaimDraft.write(ClaimDocument(run, at: .now()), beside: claim).get()
        guard unsafe rename(draft.path, path ?? claim) == 0 else { throw POSIXError(.EIO) }
    }

    func write(_ text: String, to path: String? = nil) throws {
        try Data(text.utf8).write(to: URL(filePath: path ?? claim))
    }

    func setAge(_ seconds: Int, of path: String? = nil) throws {
        let time = timespec(tv_sec: Glibc.time(nil) - seconds, tv_nsec: 0)
        let times = [time, time]
        guard unsafe utimensat(AT_FDCWD, path ?? claim, times, 0) == 0 else {
            throw POSIXError(.EIO)
        }
    }

    func ageSeconds() -> Int {
        var facts = stat()
        guard unsafe stat(claim, &facts) == 0 else { return .max }
        return Glibc.time(nil) - Int(facts.st_mtim.tv_sec)
    }

    /// All files but the one that hides the folder from git.
    func names() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path)
            .filter { $0 != ".gitignore" }.sorted()
    }
}

extension ClaimFile {
    fileprivate static func digest(at path: String) -> String? {
        if case .file(let file) = find(path) { file.digest } else { nil }
    }
}
