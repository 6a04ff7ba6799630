import FoundationEssentials
import Glibc
import JouleExchange
import JouleFile
import JouleFormat
import JouleFuzzSupport
import JouleQuantities

/// One way for bytes to come in.
enum FuzzTarget: String, CaseIterable {
    /// A ledger file: read, verified, recovered. Bit 0 of the first byte has checksums and chain
    /// repaired, so that what lies behind them is put to the test; bit 1 has it recovered.
    case open
    /// The ring beside a live ledger, its entries' checksums repaired if bit 0 is set.
    case ring
    /// A payload: type, flags, table, rows u16, then its bytes.
    case decode
    /// A file of run records as JSON lines.
    case `import`

    func reader(in workspace: borrowing Workspace) -> ([UInt8]) -> Void {
        let path = workspace.path
        let seeds = workspace.seeds
        switch self {
        case .open: return { OpenTarget.read($0, in: path) }
        case .ring: return { RingTarget.read($0, besides: seeds, in: path) }
        case .decode: return { DecodeTarget.read($0) }
        case .import: return { ImportTarget.read($0, in: path) }
        }
    }

    func writeSeeds(into corpus: String, workspace: borrowing Workspace) throws {
        let seeds = workspace.seeds
        let inputs: [[UInt8]] =
            switch self {
            // Large ones take the time of many small ones and hold nothing else.
            case .open:
                seeds.ledgers.filter { $0.count < 16 << 10 }.flatMap { [[1] + $0, [3] + $0] }
            case .ring: [[1] + RingTarget.input(from: seeds.ring)]
            case .decode: seeds.ledgers.flatMap(DecodeTarget.inputs(from:))
            case .import: [seeds.record, seeds.record + [0x0A] + seeds.record]
            }
        try FileManager.default.createDirectory(atPath: corpus, withIntermediateDirectories: true)
        for (place, input) in inputs.enumerated() { write(input, to: "\(corpus)/seed-\(place)") }
    }
}

enum OpenTarget {
    static func read(_ input: [UInt8], in directory: String) {
        guard let mode = input.first else { return }
        let ledger = Array(input.dropFirst())
        let path = directory + "/input.joule"
        write(mode & 1 == 1 ? Mutation.repaired(ledger) : ledger, to: path)
        readEverything(path)
        if mode & 2 == 2 { recover(path, to: directory + "/recovered.joule") }
    }

    static func readEverything(_ path: String) {
        guard let read = try? Ledger(reading: path) else { return }
        for run in read.runs { _ = try? RunRecord(json: JSON(parsing: run.json.text())) }
        let verified = try? Ledger(reading: path, verifies: true)
        law(verified != nil, "a ledger can be read but not verified")
        _ = try? Ledger.steps(reading: path)
    }

    private static func recover(_ path: String, to target: String) {
        defer { unsafe unlink(target) }
        guard (try? LedgerRecovery.write(path, to: target)) != nil else { return }
        do throws(LedgerError) {
            let saved = try Ledger(reading: target, verifies: true)
            // What a run's record says may still be nonsense, which has no place in the file.
            let problems = saved.integrity.problems.filter { $0.offset != 0 }
            law(problems.isEmpty, "a recovered ledger is not whole: \(problems)")
        } catch {
            // The same rows may take less room, and are then more than is read of so little.
            if case .overBudget = error { return }
            law(false, "a recovered ledger cannot be read: \(error)")
        }
    }
}

enum RingTarget {
    /// Small, so that an input costs no more than it says.
    private static let geometry = RingGeometry(reserved: 256, bulk: 256)

    /// The beginnings of both areas, after the size of the first.
    static func input(from ring: [UInt8]) -> [UInt8] {
        var writer = ByteWriter()
        let size = geometry.size(of: 0)
        writer.append(UInt16(size))
        for area in 0..<RingLayout.areaCount {
            let start = RingGeometry.standard.offset(of: area)
            writer.append(Array(ring[start..<start + size]))
        }
        return writer.bytes
    }

    static func read(_ input: [UInt8], besides seeds: Seeds, in directory: String) {
        guard input.count > 3,
            let header = try? BlockDecoder.fileHeader(seeds.live.prefix(Layout.fileHeaderSize))
        else { return }
        let size = Int(input[1]) | Int(input[2]) << 8
        let areas = input.dropFirst(3)
        var ring = RingEncoder.header(fileID: header.fileID, geometry: geometry)
        ring += [UInt8](repeating: 0, count: geometry.size - ring.count)
        for (area, bytes) in [areas.prefix(size), areas.dropFirst(size)].enumerated() {
            let start = geometry.offset(of: area)
            let kept = bytes.prefix(geometry.size(of: area))
            ring.replaceSubrange(start..<start + kept.count, with: kept)
        }
        if input[0] & 1 == 1 { ring = Mutation.repairedRing(ring, geometry: geometry) }
        let path = directory + "/live.joule"
        write(seeds.live, to: path)
        write(ring, to: path + ".ring")
        OpenTarget.readEverything(path)
    }
}

enum ImportTarget {
    static func read(_ input: [UInt8], in directory: String) {
        let path = directory + "/records.jsonl"
        write(input, to: path)
        guard let records = try? RunRecordImport.read(path: path) else { return }
        for record in records {
            // As text, because numbers that are none are written as texts.
            let text = record.json.text()
            let again = try? RunRecord(json: JSON(parsing: text))
            law(again?.json.text() == text, "a record does not come back from its own JSON")
        }
    }
}
