import JouleFormat
package import JouleQuantities

/// What is said of a run after its end.
package struct RunAnnotation: Sendable {
    /// Replaces members of the record.
    package var set: JSONObject
    /// Lists whose elements come behind those of the record's lists.
    package var append: JSONObject

    package init(set: JSONObject = JSONObject(), append: JSONObject = JSONObject()) {
        self.set = set
        self.append = append
    }

    /// Appends it to the closed or torn ledger at `path`, which stays as it was, byte for byte.
    ///
    /// Behind damage nothing is appended: then it begins another file of the ledger, whose path is the
    /// answer. Throws `.busy` while a process writes the ledger, and `.limitExceeded` for one that does
    /// not tell of the run.
    @discardableResult
    package func append(to path: String, run id: RunID) throws(LedgerError) -> String? {
        var nobody = Nobody()
        let scan = try LedgerScan(path, visitor: &nobody)
        guard !scan.header.isPack else {
            throw .limitExceeded(path: path, reason: "a pack is never changed; annotate, then pack")
        }
        let documents = scan.documents
        let number = documents.runs.last {
            documents.record(of: $0)["run_id"]?.string == id.description
        }
        guard let number else {
            throw .limitExceeded(path: path, reason: "does not tell of run \(id)")
        }
        var document = JSONObject()
        document["run"] = .integer(number)
        document["set"] = set.isEmpty ? JSON?.none : .object(set)
        document["append"] = append.isEmpty ? JSON?.none : .object(append)
        var ledger = try ReopenedLedger.opening(path)
        let begunPath = ledger.begunPath
        if scan.integrity.lacksRing { try ledger.noteMissingRing(of: number) }
        try ledger.append(.object(document))
        try ledger.close()
        return begunPath
    }
}
