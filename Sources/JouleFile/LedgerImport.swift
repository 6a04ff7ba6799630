import Glibc
import JouleFormat
import JouleQuantities

/// Writes records that were made elsewhere as one ledger of many runs.
package enum LedgerImport {
    /// What an import did.
    package struct Result: Sendable, Hashable {
        /// The ledger that was written; nil when every run was there already.
        package let path: String?
        package let written: Int
        package let alreadyThere: Int
    }

    /// Writes those of `records` that no ledger below `directory` holds yet, all or nothing.
    ///
    /// Importing the same records twice changes nothing. `kind` names what was imported and is
    /// part of the file's name.
    package static func write(_ records: [RunRecord], into directory: String, kind: String)
        throws(LedgerError) -> Result
    {
        let isThere = unsafe access(directory, F_OK) == 0
        let known = isThere ? Set(try LedgerDirectory(reading: directory).runs.map(\.id)) : []
        let new = records.filter { !known.contains($0.id) }
        guard !new.isEmpty else {
            return Result(path: nil, written: 0, alreadyThere: records.count)
        }
        try makeDirectory(directory)
        let names = new.map(\.id.description).joined(separator: "\n")
        let hash = Digest(of: Array(names.utf8)).hex.prefix(16)
        let path = "\(directory)/import-\(kind)-\(hash).joule"
        let draft = path + ".part"
        unsafe unlink(draft)
        do {
            try write(new, to: draft)
        } catch {
            unsafe unlink(draft)
            throw error
        }
        guard unsafe rename(draft, path) == 0 else {
            let error = errno
            unsafe unlink(draft)
            throw .system(path: path, operation: "rename", errno: error)
        }
        SystemFile.synchronizeDirectory(of: path)
        return Result(path: path, written: new.count, alreadyThere: records.count - new.count)
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

    private static func write(_ records: [RunRecord], to path: String) throws(LedgerError) {
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
