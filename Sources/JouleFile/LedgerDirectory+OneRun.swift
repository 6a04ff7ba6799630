package import JouleQuantities

extension LedgerDirectory {
    /// One run of a ledger that may hold many others, none of which is held meanwhile.
    ///
    /// As its ledger has it: other ranks are not merged. Nil where the ledger has no such run any more,
    /// or cannot be read.
    package static func run(_ id: RunID, at place: Place) -> (
        record: RunRecord, integrity: Integrity
    )? {
        var directory = LedgerDirectory()
        var record: RunRecord?
        var integrity: Integrity?
        let name = Array(JSON.string(id.description).text().utf8)
        let sink = Sink { piece, _, _ in
            guard record == nil else { return }
            switch piece {
            case .record(let run): if run.id == id { record = run }
            case .batch(let batch):
                for number in 0..<batch.count where batch.mentions(name, number) {
                    guard let run = try? batch.record(number), run.id == id else { continue }
                    record = run
                    return
                }
            }
        }
        let members = place.member.map { Set([$0]) }
        try? directory.forEachLedger(of: place.path, members: members, sink: sink) { found, _ in
            if record != nil, integrity == nil { integrity = found.integrity }
        }
        guard let record, let integrity else { return nil }
        return (record, integrity)
    }
}

extension RunBatch {
    /// Whether the document of a run has such bytes anywhere.
    fileprivate func mentions(_ bytes: [UInt8], _ number: Int) -> Bool {
        let document = text[places[number]]
        guard document.count >= bytes.count else { return false }
        let last = document.endIndex - bytes.count
        return (document.startIndex...last).contains { start in
            document[start] == bytes[0]
                && document[start..<start + bytes.count].elementsEqual(bytes)
        }
    }
}
