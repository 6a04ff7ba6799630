import FoundationEssentials
import Glibc
import JouleFile

/// The members of a pack, as they are given back.
private struct Members: Equatable {
    private var bytes: [String: [UInt8]] = [:]

    var isEmpty: Bool { bytes.isEmpty }

    /// Nil of what cannot be read as a pack.
    init?(ofPack path: String) throws {
        let directory = path + ".members"
        defer { try? FileManager.default.removeItem(atPath: directory) }
        guard (try? PackExtraction.write(path, into: directory)) != nil else { return nil }
        for name in try FileManager.default.subpathsOfDirectory(atPath: directory) {
            let path = directory + "/" + name
            guard !LedgerDirectory.isDirectory(path) else { continue }
            bytes[name] = try Vector.bytes(path)
        }
    }

    /// What all of them say that can be read as ledgers.
    func sayings(in place: CasePlace) throws -> [Sayings] {
        try bytes.values.map { Sayings(try Reading($0, in: place)) }
    }

    /// How many of these `other` has under no name.
    func count(missingIn other: Members) -> Int {
        let found = Set(other.bytes.values)
        return bytes.values.count { !found.contains($0) }
    }
}

extension Verdict {
    /// Recovers the pack cut at every `step`th byte and with every `step`th bit flipped.
    ///
    /// The new pack must be clean, hold every member that a reader finds in the old one, under the
    /// same name and with the same bytes, and nothing else, and give the same when it is recovered
    /// itself. A flip takes one member at the most. What has no member leaves no new pack.
    package static func recoveries(
        ofPack pack: [UInt8],
        _ name: String,
        in place: CasePlace,
        step: Int
    ) throws -> Verdict {
        var verdict = Verdict()
        try pack.write(to: place.path)
        guard let original = try Members(ofPack: place.path) else {
            throw LedgerError.notAPack(path: name)
        }
        for size in stride(from: 0, through: pack.count, by: step) {
            let cut = Array(pack.prefix(size))
            try verdict.recover(pack: cut, "\(name) cut at \(size)", original, nil, in: place)
        }
        var bytes = pack
        for bit in stride(from: 0, to: pack.count * 8, by: step * 8 + 3) {
            bytes[bit / 8] ^= 1 << UInt8(bit % 8)
            try verdict.recover(pack: bytes, "\(name) bit \(bit)", original, 1, in: place)
            bytes[bit / 8] ^= 1 << UInt8(bit % 8)
        }
        return verdict
    }

    /// `mayLose` is nil where any number of the original's members may be missing.
    private mutating func recover(
        pack bytes: [UInt8],
        _ name: String,
        _ original: Members,
        _ mayLose: Int?,
        in place: CasePlace
    ) throws {
        try bytes.write(to: place.path)
        let before = try Members(ofPack: place.path)
        let (target, again) = (place.path + ".recovered.joule", place.path + ".again.joule")
        defer { for path in [target, again] { unsafe unlink(path) } }
        guard (try? LedgerRecovery.write(place.path, to: target)) != nil else {
            let isGone = unsafe access(target, F_OK) != 0
            let isNothing = before?.isEmpty ?? true
            count(name, isDetected: isNothing, isRight: isGone, lostBlocks: 0, mayLose: 0)
            return
        }
        let old = try Vector.bytes(place.path)
        let saved = try Members(ofPack: target)
        _ = try LedgerRecovery.write(target, to: again)
        let outcomes = try [target, again].map { try Reading(at: $0).outcome }
        let twice = try Members(ofPack: again)
        let truth = try original.sayings(in: place)
        let kept = try saved?.sayings(in: place) ?? []
        count(
            name,
            isDetected: outcomes == [.clean, .clean] && old == bytes,
            isRight: saved == before && twice == saved
                && kept.allSatisfy { said in truth.contains { said.isWithin($0) } },
            lostBlocks: saved.map { original.count(missingIn: $0) } ?? 0,
            mayLose: mayLose ?? .max
        )
    }
}
