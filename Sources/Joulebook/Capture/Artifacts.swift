import Glibc
import JouleFile
import JouleQuantities
import JouleSystem

/// What a run finds out after its start, in the background: what nobody waited for of its code, and,
/// the first rank alone, changes of the source tree and what is installed.
struct CapturedArtifacts: Sendable {
    /// What is found out about the code; nil when nobody wants it, or not yet.
    var code: FoundCode?
    /// Tells it later.
    var lateCode: CodeCapture?
    /// Whether changes of the source tree are kept.
    var keepsDiff = false
    var ledgerDirectory = ""
    /// Where the language looks for packages; empty when nobody wants them listed.
    var packageFolders: [String] = []

    static let diffName = "code.diff"
    static let packagesName = "packages.txt"

    /// Collects and keeps everything; what cannot be had is told in the record.
    func collect(for recorder: Recorder) {
        let (writer, background) = (recorder.writer, recorder.background)
        let found = Lock(code)
        if let lateCode {
            var absent = JSONObject()
            absent["ring"] = writer.ringAbsence.map(JSON.string)
            let look: BackgroundWork.Job = { [absent] in
                let code = lateCode.finish()
                found.withLock { $0 = code }
                return {
                    recorder.code.add(code.code.json)
                    if let absent = code.absent(with: absent) {
                        writer.annotate(["absent": absent])
                    }
                }
            }
            absent["code.tree"] = "the run ended before git had looked"
            let late: BackgroundWork.Regret = { [absent] in
                writer.annotate(["absent": .object(absent)])
            }
            // Without a thread it is waited for after all.
            if !background.add(look, orElse: late) { look()?() }
        }
        if keepsDiff, lateCode != nil || code?.hasDiff == true {
            let late: BackgroundWork.Regret = {
                guard let code = found.withLock({ $0 }), code.hasDiff else { return }
                tell(of: "the run ended before it was collected", in: recorder)
            }
            _ = background.add(
                {
                    guard let code = found.withLock({ $0 }), code.hasDiff else { return nil }
                    return diff(of: code, for: recorder)
                },
                orElse: late
            )
        }
        if !packageFolders.isEmpty {
            _ = background.add { packages(for: writer) }
        }
    }

    private func tell(of absence: String, in recorder: Recorder) {
        recorder.code.add(["diff_absent": .string(absence)])
    }

    private func packages(for writer: LedgerWriter) -> BackgroundWork.Delivery? {
        let packages = InstalledPackages(in: packageFolders)
        guard !packages.isEmpty else { return nil }
        let text = packages.lines.map { Self.redact(package: $0) + "\n" }.joined()
        return {
            _ = writer.attach(
                name: Self.packagesName,
                mediaType: "text/plain",
                bytes: Array(text.utf8)
            )
        }
    }

    /// Name and version apart: `google-auth==2.63.0` gives no secret of that name away.
    private static func redact(package line: String) -> String {
        let end = line.firstIndex(of: "=") ?? line.endIndex
        let (name, version) = (line[..<end], line[end...].dropFirst(2))
        return Redaction.redact(text: String(name)) + "==" + Redaction.redact(text: String(version))
    }

    private func diff(of found: FoundCode, for recorder: Recorder) -> BackgroundWork.Delivery? {
        do {
            let bytes = try found.tree.diff(ledgerDirectory: ledgerDirectory)
            let diff = Redaction.redact(bytes: bytes)
            // Untracked files alone make a tree dirty, too.
            guard !diff.isEmpty else { return nil }
            let hash = "sha256:" + hex(ContentHash.sha256(diff))
            return {
                let outcome = recorder.writer.attach(
                    name: Self.diffName,
                    mediaType: "text/x-diff",
                    bytes: diff
                )
                if outcome == .taken { recorder.code.add(["diff": .string(hash)]) }
            }
        } catch {
            return { tell(of: error.description, in: recorder) }
        }
    }
}

extension FoundCode {
    /// Whether git can tell changes from a commit.
    fileprivate var hasDiff: Bool { tree.dirty == true && tree.commit != nil }
}

extension SourceTree {
    /// Bytes of changes that are kept.
    static let diffSizeBytesMax = 1 << 20
    /// A diff that takes longer is not kept.
    static let diffLimitNS: Int64 = 10_000_000_000

    /// What `git diff HEAD` prints of tracked files, ledgers left out, in a form that no configuration
    /// changes.
    func diff(ledgerDirectory: String) throws(SourceTreeError) -> [UInt8] {
        guard let root else { return [] }
        let git = Git(directory: root, deadlineNS: MonotonicClock.nowNS() &+ Self.diffLimitNS)
        let exclusion = LedgerExclusion(ledgerDirectory: ledgerDirectory, root: root)
        var paths = [
            ":(top)", ":(top,exclude,glob)**/*.joule", ":(top,exclude,glob)**/*.joule.ring",
        ]
        if let folder = exclusion.folder { paths.append(":(top,exclude,literal)\(folder)") }
        let form = [
            "--no-color", "--no-ext-diff", "--no-textconv", "--src-prefix=a/", "--dst-prefix=b/",
            "--unified=3", "--submodule=short",
        ]
        return try git.output(
            ["diff", "HEAD"] + form + ["--"] + paths,
            sizeBytesMax: Self.diffSizeBytesMax
        )
    }
}

/// The Python distributions that a program can import, by the folders that say what is installed.
///
/// A distribution's folder is called `NAME-VERSION.dist-info` (PyPA, "Recording installed
/// projects"), so that no file has to be read and the interpreter is left alone.
package struct InstalledPackages {
    /// `NAME==VERSION`, sorted.
    package let lines: [String]

    static let foldersMax = 256
    static let packagesMax = 10_000

    package var isEmpty: Bool { lines.isEmpty }

    /// Of a distribution in several folders the first counts, as in an import.
    package init(in folders: [String]) {
        var versions: [String: String] = [:]
        for folder in folders.prefix(Self.foldersMax) {
            for entry in directoryEntries(folder) where versions.count < Self.packagesMax {
                guard let (name, version) = Self.distribution(entry) else { continue }
                versions[name] = versions[name] ?? version
            }
        }
        lines = versions.sorted { $0.key < $1.key }.map { "\($0.key)==\($0.value)" }
    }

    /// Name, in its normalised spelling, and version.
    private static func distribution(_ entry: String) -> (String, String)? {
        let stem: Substring
        if entry.hasSuffix(".dist-info") {
            stem = entry.dropLast(".dist-info".count)
        } else if entry.hasSuffix(".egg-info") {
            stem = entry.dropLast(".egg-info".count)
        } else {
            return nil
        }
        // An egg's name goes on with the version of Python.
        let parts = stem.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count > 1, !parts[0].isEmpty, !parts[1].isEmpty,
            parts.prefix(2).allSatisfy({ $0.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F } })
        else { return nil }
        return (normalised(parts[0]), String(parts[1]))
    }

    /// Lower case, with one hyphen for each run of `-`, `_` and `.`.
    private static func normalised(_ name: Substring) -> String {
        name.lowercased().split { "-_.".contains($0) }.joined(separator: "-")
    }
}
