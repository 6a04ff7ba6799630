package import JouleQuantities

extension LedgerDirectory {
    /// Some runs of a ledger that may hold many others, none of which is held meanwhile.
    ///
    /// As their ledger has them: other ranks are not merged. Nil where the ledger cannot be read any
    /// more; runs that it has no more are left out.
    package static func runs(_ ids: Set<RunID>, at place: Place) -> (
        records: [RunID: RunRecord], integrity: Integrity
    )? {
        var directory = LedgerDirectory()
        var records: [RunID: RunRecord] = [:]
        var integrity: Integrity?
        let names = Set(ids.map { Array($0.description.utf8) })
        let sink = Sink { piece, _, _ in
            switch piece {
            case .record(let run): if ids.contains(run.id) { records[run.id] = run }
            case .batch(let batch):
                guard records.count < ids.count else { return }
                for number in batch.mentioning(names) {
                    guard let run = try? batch.record(number), ids.contains(run.id) else {
                        continue
                    }
                    records[run.id] = run
                }
            }
        }
        let members = place.member.map { Set([$0]) }
        try? directory.forEachLedger(of: place.path, members: members, sink: sink) { found, _ in
            if found.place == place { integrity = found.integrity }
        }
        return integrity.map { (records, $0) }
    }
}

extension RunBatch {
    private static let member = Array("\"run_id\":\"".utf8)

    /// The runs whose document begins its first `run_id` as one of these is, or tells none that can be
    /// told so easily.
    fileprivate func mentioning(_ ids: Set<[UInt8]>) -> [Int] {
        (0..<count).filter { number in
            let document = text[places[number]]
            guard let start = Self.end(of: Self.member, in: document) else { return true }
            let name = document[start...].prefix { $0 != UInt8(ascii: "\"") }
            return name.contains(UInt8(ascii: "\\")) || ids.contains(Array(name))
        }
    }

    /// Behind the first place where `bytes` stand.
    private static func end(of bytes: [UInt8], in document: ArraySlice<UInt8>) -> Int? {
        var place = document.startIndex
        while document.endIndex - place >= bytes.count {
            if document[place] == bytes[0], document[place...].starts(with: bytes) {
                return place + bytes.count
            }
            place += 1
        }
        return nil
    }
}
