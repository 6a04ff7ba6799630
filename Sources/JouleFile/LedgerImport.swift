import Glibc
import JouleFormat
package import JouleQuantities

/// Writes records that were made elsewhere as ledgers of many runs.
package enum LedgerImport {
    /// Different names of metrics that a ledger has columns for, in the table of epochs and in that
    /// of steps.
    package static let metricsMax = 4000

    /// What an import did.
    package struct Result: Sendable, Hashable {
        /// The ledgers that were written; none when every run was there already.
        package let paths: [String]
        package let written: Int
        package let alreadyThere: Int

        /// The first of the ledgers.
        package var path: String? { paths.first }
    }

    /// Writes those of `records` that no ledger below `directory` holds yet, all or nothing.
    ///
    /// They are one ledger, or as many as their metrics need. Importing the same records twice
    /// changes nothing. `kind` names what was imported and is part of the files' names. `reading` is
    /// told how far the ledgers that are there are read, `writing` how many records are written.
    package static func write(
        _ records: [RunRecord],
        into directory: String,
        kind: String,
        reading: ((LedgerDirectory.Progress) -> Void)? = nil,
        writing: (_ done: Int, _ of: Int) -> Void = { _, _ in }
    ) throws(LedgerError) -> Result {
        let isThere = unsafe access(directory, F_OK) == 0
        let there = isThere ? try LedgerDirectory(reading: directory, progress: reading) : nil
        let known = Set(there?.runs.map(\.id) ?? [])
        let new = records.filter { !known.contains($0.id) }
        guard !new.isEmpty else {
            return Result(paths: [], written: 0, alreadyThere: records.count)
        }
        try makeDirectory(directory)
        var paths: [String] = []
        var renamed = 0
        var written = 0
        do throws(LedgerError) {
            for part in parts(of: new) {
                let names = part.map(\.id.description).joined(separator: "\n")
                let hash = Digest(of: Array(names.utf8)).hex.prefix(16)
                let path = "\(directory)/import-\(kind)-\(hash).joule"
                unsafe unlink(draft(path))
                paths.append(path)
                try write(part, to: draft(path)) {
                    written += 1
                    writing(written, new.count)
                }
            }
            for path in paths {
                guard unsafe rename(draft(path), path) == 0 else {
                    throw .system(path: path, operation: "rename", errno: errno)
                }
                renamed += 1
            }
        } catch {
            for path in paths.prefix(renamed) { unsafe unlink(path) }
            for path in paths.dropFirst(renamed) { unsafe unlink(draft(path)) }
            throw error
        }
        SystemFile.synchronizeDirectory(of: paths[0])
        return Result(paths: paths, written: new.count, alreadyThere: records.count - new.count)
    }

    private static func draft(_ path: String) -> String { path + ".part" }

    /// Neighbours whose metrics have room in one ledger.
    private static func parts(of records: [RunRecord]) -> [ArraySlice<RunRecord>] {
        var parts: [ArraySlice<RunRecord>] = []
        var start = 0
        var (epochs, steps): (Set<ExactName>, Set<ExactName>) = ([], [])
        for (place, record) in records.enumerated() {
            let ofEpochs = record.metricsOfEpochs
            let ofSteps = Set(record.loggedSteps?.names.map(ExactName.init) ?? [])
            let hasRoom = [(epochs, ofEpochs), (steps, ofSteps)].allSatisfy { known, names in
                known.count + names.count { !known.contains($0) } <= metricsMax
            }
            if !hasRoom, start < place {
                parts.append(records[start..<place])
                start = place
                (epochs, steps) = ([], [])
            }
            epochs.formUnion(ofEpochs)
            steps.formUnion(ofSteps)
        }
        return parts + [records[start...]]
    }

    /// Makes a directory and those above it.
    package static func makeDirectory(_ path: String) throws(LedgerError) {
        if unsafe mkdir(path, 0o775) == 0 || errno == EEXIST { return }
        guard errno == ENOENT, let slash = path.lastIndex(of: "/"), slash != path.startIndex else {
            throw .system(path: path, operation: "make the directory", errno: errno)
        }
        try makeDirectory(String(path[..<slash]))
        guard unsafe mkdir(path, 0o775) == 0 || errno == EEXIST else {
            throw .system(path: path, operation: "make the directory", errno: errno)
        }
    }

    /// `count` is called for each record when its rows are written.
    private static func write(
        _ records: ArraySlice<RunRecord>,
        to path: String,
        count: () -> Void
    ) throws(LedgerError) {
        var appender = try LedgerAppender(
            creating: path,
            header: FileHeader(createdNS: UInt64(clamping: LedgerWriter.wallClockNS()))
        )
        var documents: [[UInt8]] = []
        var size = 0
        for (number, record) in records.enumerated() {
            var bytes: [UInt8] = []
            document(of: record, number: number).write(into: &bytes)
            size += bytes.count
            documents.append(bytes)
            if size >= 1 << 20 {
                try appender.append(meta: documents)
                documents = []
                size = 0
            }
        }
        if !documents.isEmpty { try appender.append(meta: documents) }
        var rows = ImportedRows()
        for (number, record) in records.enumerated() {
            try rows.add(record, number: number, to: &appender)
            count()
        }
        try rows.flush(to: &appender)
        try appender.close()
    }

    /// The record's facts, and of its epochs what the tables have no column for.
    private static func document(of record: RunRecord, number: Int) -> JSON {
        var document: JSON = ["run": .integer(Int64(number)), "set": .object(record.header)]
        var extras = JSONObject()
        for (index, epoch) in record.epochs.enumerated() where !epoch.extra.isEmpty {
            extras[String(index)] = .object(epoch.extra)
        }
        if !extras.isEmpty, case .object(var object) = document {
            object["epochs"] = .object(extras)
            document = .object(object)
        }
        return document
    }
}

extension RunRecord {
    /// The names of what its epochs have.
    package var metricsOfEpochs: Set<ExactName> {
        var names: Set<ExactName> = []
        for epoch in epochs {
            for metric in epoch.metrics { names.insert(ExactName(metric.name)) }
        }
        return names
    }
}
