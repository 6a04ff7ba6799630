package import JouleFile
import JouleFormat
package import JouleQuantities

/// Everything that two implementations must agree on about a ledger's bytes, as
/// `Schemas/Vectors/README.md` describes it.
package struct ConformanceDocument {
    package let json: JSON

    /// Of the ledger at `path` and the ring that lies beside it.
    ///
    /// A file that cannot be read by its bytes has a document, too; throws when the system refuses.
    package init(of path: String) throws(LedgerError) {
        var reading = DocumentReading()
        do throws(LedgerError) {
            let scan = try LedgerScan(path, verifies: true, visitor: &reading)
            json = Self.document(scan, reading, chain: try DocumentChain.json(of: path))
        } catch {
            guard let (kind, offset) = error.conformance else { throw error }
            json = [
                "conformance": 1, "error": ["kind": .string(kind), "offset": .count(offset)],
            ]
        }
    }

    /// Members in the order of the specification, each on a line; of an array each element on one.
    package var text: String {
        let members = json.object?.members ?? []
        let lines = members.map { "  \(JSON.string($0.name).text()): \(Self.text($0.value))" }
        return "{\n" + lines.joined(separator: ",\n") + "\n}\n"
    }

    private static func text(_ value: JSON) -> String {
        guard let elements = value.array, !elements.isEmpty else { return value.text() }
        return "[\n" + elements.map { "    " + $0.text() }.joined(separator: ",\n") + "\n  ]"
    }

    /// On one line.
    package var line: String { json.text() }

    private static func document(_ scan: LedgerScan, _ reading: DocumentReading, chain: JSON)
        -> JSON
    {
        let problems = scan.integrity.problems.filter { $0.kind != .torn }
        let tail = scan.integrity.problems.first { $0.kind == .torn }
        // Whether a process holds the file now is no property of its bytes.
        let state = scan.integrity.state == .live ? .torn : scan.integrity.state
        return [
            "conformance": 1,
            "header": header(scan.header),
            "state": .string(state.rawValue),
            "problems": .array(sorted(problems).map(problem)),
            "tail": tail.map {
                ["offset": .count($0.offset), "size": $0.count.map(JSON.count) ?? .null]
            } ?? .null,
            "root": .string(Digest(bytes: scan.integrity.root)?.hex ?? ""),
            "blocks": .array(reading.blocks(besides: problems)),
            "trailers": .array(reading.trailers),
            "tables": .array(reading.tables(of: scan)),
            "records": reading.records.json,
            "gaps": .array(reading.gaps.map(\.json)),
            "attachments": .array(scan.attachments.all.map(attachment)),
            "members": reading.members,
            "ring": reading.ring.map { DocumentRing($0, covered: scan.covered).json } ?? .null,
            "chain": chain,
        ]
    }

    private static func header(_ header: FileHeader) -> JSON {
        [
            "major": .count(Layout.majorVersion), "minor": .count(header.minorVersion),
            "incompatible": .count(header.incompatibleFlags),
            "compatible": .count(header.compatibleFlags),
            "file_id": .hex(header.fileID), "created": .count(header.createdNS),
            "segment": .count(header.segment),
            "previous_root": .hex(header.previousRoot.bytes),
        ]
    }

    static func attachment(_ attachment: Attachment) -> JSON {
        [
            "run": .count(attachment.run), "name": .string(attachment.name),
            "media_type": .string(attachment.mediaType), "size": .count(attachment.size),
            "sha256": .string(attachment.digest.hex), "complete": .bool(attachment.isComplete),
        ]
    }

    /// By offset, at one offset in the order of the kinds.
    private static func sorted(_ problems: [Integrity.Problem]) -> [Integrity.Problem] {
        let kinds = Integrity.Problem.Kind.allCases
        return problems.sorted { left, right in
            left.offset != right.offset
                ? left.offset < right.offset
                : kinds.firstIndex(of: left.kind) ?? 0 < kinds.firstIndex(of: right.kind) ?? 0
        }
    }

    private static func problem(_ problem: Integrity.Problem) -> JSON {
        [
            "offset": .count(problem.offset), "kind": .string(problem.kind.rawValue),
            "count": problem.count.map(JSON.count) ?? .null,
        ]
    }
}

extension LedgerError {
    /// Kind and offset of what a file's bytes make impossible to read; nil for other errors.
    fileprivate var conformance: (kind: String, offset: UInt64)? {
        switch self {
        case .notALedger: ("not_a_ledger", 0)
        case .damagedHeader: ("header", 0)
        case .newerVersion: ("version", 8)
        case .unknownFeature: ("feature", 12)
        case .unknownCriticalBlock(_, let offset, _): ("critical_block", offset)
        case .overBudget(_, let offset): ("budget", offset)
        case .notAFile, .busy, .damaged, .system, .limitExceeded, .notAPack, .isPack,
            .nothingToPack, .nothingToRedact, .redactionTooDeep, .packWithinPack, .changed,
            .unusable, .beingPacked:
            nil
        }
    }
}

extension JSON {
    /// An integer; as digits in a string where 64 signed bits do not hold it.
    static func count(_ number: some BinaryInteger) -> JSON {
        Int64(exactly: number).map(JSON.integer) ?? .string(String(number))
    }

    /// Lower-case hexadecimal digits of bytes in their order.
    static func hex(_ bytes: some Sequence<UInt8>) -> JSON {
        .string(bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined())
    }

    /// The bits of a pattern as a number in 16 digits.
    static func pattern(_ word: UInt64) -> JSON { hex(word.bytes.reversed()) }
}

extension UInt64 {
    /// Little-endian.
    fileprivate var bytes: [UInt8] { (0..<8).map { UInt8(truncatingIfNeeded: self >> (8 * $0)) } }
}

extension GapPayload {
    var json: JSON {
        ["table": .count(table), "cause": .count(cause.rawValue), "rows": .count(rows)]
    }
}
