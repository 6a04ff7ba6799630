import FoundationEssentials
import Glibc
import JouleFile
import JouleQuantities

/// Runs of other people with labels, kept outside the project.
enum SharedRuns {
    /// `JOULEBOOK_SHARED`, else `shared` beside the package; nil when there are no runs.
    static let directory: String? = {
        let package = URL(filePath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let shared =
            ProcessInfo.processInfo.environment["JOULEBOOK_SHARED"]
            ?? package.deletingLastPathComponent().appending(path: "shared").path()
        let runs = shared + "/data/runs"
        return FileManager.default.fileExists(atPath: runs) ? runs : nil
    }()

    static let isAbsent: Bool = directory == nil
    static let sets = ["tabular", "curves"]

    /// The records of `NAME.records.jsonl.gz`.
    static func records(_ name: String) throws -> [RunRecord] {
        let path = (directory ?? "") + "/\(name).records.jsonl.gz"
        return try unpacked(path).split(separator: 0x0A).map { line in
            try RunRecord(json: countingEpochs(JSON(parsing: Array(line))))
        }
    }

    /// Numbers the epochs in their order where some are not whole.
    ///
    /// MLPerf logs some evaluations inside an epoch (`1.05`); a run record counts whole epochs.
    /// Nothing else is changed.
    private static func countingEpochs(_ record: JSON) -> JSON {
        guard var object = record.object, let epochs = record["epochs"]?.array,
            epochs.contains(where: { $0["epoch"]?.integer == nil })
        else { return record }
        object["epochs"] = .array(
            epochs.enumerated().map { place, epoch in
                var members = epoch.object ?? JSONObject()
                members["epoch"] = .integer(Int64(place + 1))
                return .object(members)
            }
        )
        return .object(object)
    }

    /// The groups of `NAME.labels.json`, each a list of run names; other members left out.
    static func labels(_ name: String) throws -> [String: [[String]]] {
        let path = (directory ?? "") + "/\(name).labels.json"
        let json = try JSON(parsing: Array(Data(contentsOf: URL(filePath: path))))
        let members = json.object?.members ?? []
        return Dictionary(
            uniqueKeysWithValues: members.map { member in
                let groups = member.value.array ?? []
                return (member.name, groups.map { ($0.array ?? []).compactMap(\.string) })
            }
        )
    }

    private static func unpacked(_ path: String) throws -> [UInt8] {
        // SAFETY: the pipe is closed below; the buffer's own count bounds every read.
        guard let pipe = unsafe popen("zcat '\(path)'", "r") else { throw Missing(path: path) }
        defer { unsafe pclose(pipe) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = unsafe fread(&buffer, 1, buffer.count, pipe)
            guard count > 0 else { break }
            bytes += buffer[..<count]
        }
        guard !bytes.isEmpty else { throw Missing(path: path) }
        return bytes
    }

    struct Missing: Error {
        let path: String
    }
}
