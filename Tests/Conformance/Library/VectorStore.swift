import FoundationEssentials
import JouleFile
import JouleFormat
import JouleQuantities
import JouleTestSupport

/// The directory of the stored vectors.
package struct VectorStore {
    private let directory: String

    package init(_ directory: String) {
        self.directory = directory
    }

    private func path(of vector: Vector, _ ending: String) -> String {
        "\(directory)/\(vector.name).\(ending)"
    }

    /// Makes every vector, its document and the list of all; what no vector is called is removed.
    package func write() throws {
        let manager = FileManager.default
        for folder in [directory, directory + "/bad"] {
            try manager.createDirectory(atPath: folder, withIntermediateDirectories: true)
            for name in try manager.contentsOfDirectory(atPath: folder)
            where [".joule", ".joule.ring", ".json"].contains(where: name.hasSuffix) {
                try manager.removeItem(atPath: "\(folder)/\(name)")
            }
        }
        let workplace = TemporaryDirectory()
        for vector in Vector.all {
            let files = try vector.files(in: workplace.path)
            try Self.write(files.ledger, to: path(of: vector, "joule"))
            if let ring = files.ring { try Self.write(ring, to: path(of: vector, "joule.ring")) }
        }
        // Later, because segments are read with those beside them.
        for vector in Vector.all {
            let document = try ConformanceDocument(of: path(of: vector, "joule"))
            try Self.write(Array(document.text.utf8), to: path(of: vector, "json"))
        }
        try Self.write(Array(Self.list.utf8), to: directory + "/LIST.md")
    }

    private static func write(_ bytes: [UInt8], to path: String) throws {
        try Data(bytes).write(to: URL(filePath: path))
    }

    // MARK: Checking

    /// What the writer or the reader now does otherwise, one line each.
    package func differences() throws -> [String] {
        var lines: [String] = []
        for vector in Vector.all {
            lines += try differences(of: vector).map { "\(vector.name): \($0)" }
        }
        if try Vector.bytes(directory + "/LIST.md") != Array(Self.list.utf8) {
            lines.append("LIST.md: names other vectors")
        }
        return lines
    }

    /// Whether the version of zstd is the one whose frames are stored.
    package static var isOurZstd: Bool { ZstdLibrary.version == 10504 }

    package func differences(of vector: Vector) throws -> [String] {
        let workplace = TemporaryDirectory()
        let made = try vector.files(in: workplace.path)
        let document = try ConformanceDocument(of: path(of: vector, "joule"))
        var lines: [String] = []
        if let line = try difference(made, vector) { lines.append(line) }
        if try Array(document.text.utf8) != Vector.bytes(path(of: vector, "json")) {
            lines.append("the reader says something else than \(vector.name).json")
        }
        if document.outcome != vector.outcome {
            lines.append("found \(document.outcome) instead of \(vector.outcome)")
        }
        return lines
    }

    private func difference(_ made: Vector.Files, _ vector: Vector) throws -> String? {
        let ledger = try Vector.bytes(path(of: vector, "joule"))
        guard made.ledger == ledger else {
            let isEqual =
                vector.isCompressed && !Self.isOurZstd
                && (try? content(made.ledger)) == (try? content(ledger))
            let place = zip(made.ledger, ledger).enumerated().first { $1.0 != $1.1 }?.offset
            return isEqual
                ? nil : "the writer gives other bytes from byte \(place ?? ledger.count) on"
        }
        let ring = try? Vector.bytes(path(of: vector, "joule.ring"))
        return made.ring == ring ? nil : "the ring has other bytes"
    }

    /// What does not depend on how well frames are compressed.
    private func content(_ ledger: [UInt8]) throws -> [JSON?] {
        let workplace = TemporaryDirectory()
        let path = workplace.path + "/content.joule"
        try Self.write(ledger, to: path)
        let document = try ConformanceDocument(of: path).json
        return ["header", "state", "problems", "tables", "records", "gaps"].map { document[$0] }
    }

    /// A table of all vectors.
    package static var list: String {
        func table(_ vectors: [Vector]) -> String {
            var text = "| Vector | Holds | Must be |\n|---|---|---|\n"
            for vector in vectors {
                let mark = vector.isCompressed ? " (zstd)" : ""
                text += "| `\(vector.name)` | \(vector.about)\(mark) | \(vector.outcome.text) |\n"
            }
            return text
        }
        return """
            # The vectors

            Made by `joule-vectors write`, like everything here but `README.md`, which says what they are for.

            ## As writers leave them

            \(table(Vector.good))
            ## After something happened to them

            \(table(Vector.bad))
            """
    }
}

extension Vector.Outcome {
    /// As a person reads it.
    var text: String {
        switch self {
        case .clean: "clean"
        case .torn: "torn"
        case .damaged(let kinds): "damaged: " + kinds.map(\.rawValue).joined(separator: ", ")
        case .unreadable(let kind): "error: \(kind)"
        }
    }
}

extension ConformanceDocument {
    /// What the document says in the end.
    package var outcome: Vector.Outcome {
        if let kind = json["error"]?["kind"]?.string { return .unreadable(kind) }
        let kinds = (json["problems"]?.array ?? []).compactMap { problem in
            problem["kind"]?.string.flatMap(Integrity.Problem.Kind.init(rawValue:))
        }
        switch json["state"]?.string {
        case "clean": return .clean
        case "torn": return .torn
        default: return .damaged(kinds)
        }
    }
}
