import Glibc
package import JouleFile
import JouleQuantities

extension ClaimFolder {
    /// Names that a start looks at, and files that it takes away, at the most.
    private static let sweptNamesMax = 64
    package static let sweptFilesMax = 8
    /// Bounds of a reading.
    private static let readNamesMax = 4096
    private static let readingLimitNS: Int64 = 1_000_000_000
    /// A process that writes a claim is not done with it for so long only if it was stopped or killed.
    private static let draftAgeMaxNS: UInt64 = 3600 * 1_000_000_000

    /// Takes some of what dead processes left away; how many files.
    @discardableResult
    package func sweep(as run: RunRecord) -> Int {
        let names = names(max: Self.sweptNamesMax)
        guard !names.isEmpty,
            case .success(let draft) = ClaimDraft.write(
                ClaimDocument(run, at: .now()),
                beside: "\(path)/sweep"
            )
        else { return 0 }
        defer { draft.remove() }
        var count = 0
        for name in names where count < Self.sweptFilesMax {
            if isLeft(name, nowNS: draft.modifiedNS) {
                count += unsafe unlink("\(path)/\(name)") == 0 ? 1 : 0
            } else if ClaimName(name)?.follows == nil, isStale(name, nowNS: draft.modifiedNS),
                case .taken(let claim) = take(name, for: run, isSweeping: true)
            {
                claim.release()
                count += 1
            }
        }
        return count
    }

    /// A draft that nobody finished, or a claim behind one that is gone: nobody comes to it any more.
    private func isLeft(_ name: String, nowNS: Int64) -> Bool {
        if name.hasSuffix(ClaimDraft.suffix) {
            var facts = stat()
            return unsafe lstat("\(path)/\(name)", &facts) == 0
                && (nowNS &- facts.modifiedNS).magnitude > Self.draftAgeMaxNS
        }
        guard let parts = ClaimName(name), let digest = parts.follows else { return false }
        var place = "\(path)/\(parts.question)"
        for _ in 0..<Self.chainMax {
            switch ClaimFile.find(place) {
            case .nothing: return true
            case .refused: return false
            case .file(let file):
                if file.digest == digest { return false }
                place = "\(path)/\(parts.question).\(file.digest)"
            }
        }
        return false
    }

    private func isStale(_ name: String, nowNS: Int64) -> Bool {
        guard ClaimName(name) != nil, case .file(let file) = ClaimFile.find("\(path)/\(name)"),
            case .stale = file.state(nowNS: nowNS)
        else { return false }
        return true
    }

    /// The runs that hold claims now, within bounds; writes nothing.
    ///
    /// Of processes of other machines this compares with the clock of this one.
    package func holders() -> [RunRecord] {
        let deadlineNS = MonotonicClock.nowNS() &+ Self.readingLimitNS
        var runs: [RunRecord] = []
        for name in names(max: Self.readNamesMax) where ClaimName(name)?.follows == nil {
            guard MonotonicClock.nowNS() < deadlineNS else { break }
            guard ClaimName(name) != nil, case .file(let file) = ClaimFile.find("\(path)/\(name)"),
                case .alive(let document) = file.state(nowNS: WallTime.now().unixNanoseconds),
                !document.isSweeping
            else { continue }
            runs.append(document.holder)
        }
        return runs
    }

    private func names(max: Int) -> [String] {
        directoryEntries(path, max: max).filter {
            ClaimName($0) != nil || $0.hasSuffix(ClaimDraft.suffix)
        }
    }
}

/// The name of a claim's file: what it claims, and of one that follows a dead claim, which.
private struct ClaimName {
    let question: String
    let follows: String?

    init?(_ name: String) {
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count <= 2, parts[0].utf8.count == 64, parts[0].utf8.allSatisfy(\.isLowerHex)
        else { return nil }
        question = String(parts[0])
        follows = parts.count == 2 ? String(parts[1]) : nil
        if let follows, follows.utf8.count != 32 || !follows.utf8.allSatisfy(\.isLowerHex) {
            return nil
        }
    }
}
