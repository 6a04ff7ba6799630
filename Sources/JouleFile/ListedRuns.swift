import JouleFormat
import JouleQuantities

/// A run as the META documents of a pack list it, so that a list of runs reads no member.
enum ListedRun {
    /// The document of run `number` of a pack, which is of `member`.
    static func document(_ run: RunRecord, number: Int, member: UInt32) -> [UInt8] {
        let document: JSON = [
            "run": .integer(Int64(number)), "member": .integer(Int64(member)),
            "set": .object(run.header), "totals": run.epochTotals.json,
        ]
        var bytes: [UInt8] = []
        document.write(into: &bytes)
        return bytes
    }

    /// The same document in another pack; nil when it lists no run of the members that have a `place`.
    static func moved(_ document: [UInt8], number: Int, to place: [UInt32: UInt32]) -> [UInt8]? {
        guard case .object(var json)? = try? JSON(parsing: document),
            let member = json["member"]?.integer.flatMap(UInt32.init(exactly:)),
            let moved = place[member]
        else { return nil }
        json["run"] = .integer(Int64(number))
        json["member"] = .integer(Int64(moved))
        var bytes: [UInt8] = []
        JSON.object(json).write(into: &bytes)
        return bytes
    }

    /// The run without its epochs, and its member; nil when the document lists none.
    static func parse(_ document: [UInt8]) -> (member: UInt32, run: RunRecord)? {
        guard let json = try? JSON(parsing: document),
            let member = json["member"]?.integer.flatMap(UInt32.init(exactly:)),
            let set = json["set"], let totals = EpochTotals(json["totals"]),
            var run = try? RunRecord(json: set)
        else { return nil }
        run.stepCount = totals.steps
        run.unreadEpochs = totals
        return (member, run)
    }
}

extension PackContents {
    /// The runs by member, as the META blocks at the end of a whole pack list them; none of a member
    /// of which anything listed cannot be read.
    func listedRuns(of source: LedgerSource, salt: UInt32) throws(LedgerError)
        -> [UInt32: [RunRecord]]
    {
        var runs: [UInt32: [RunRecord]] = [:]
        var isReadable = true
        try forEachListed(of: source, salt: salt) { document in
            guard isReadable, let (member, run) = ListedRun.parse(document) else {
                return isReadable = false
            }
            runs[member, default: []].append(run)
        }
        return isReadable ? runs : [:]
    }

    /// Hands on the documents of a whole pack, one of its META blocks at a time.
    func forEachListed(
        of source: LedgerSource,
        salt: UInt32,
        _ body: ([UInt8]) throws(LedgerError) -> Void
    ) throws(LedgerError) {
        var budget = try ReadingBudget(of: source)
        for place in metaOffsets ?? [] {
            guard let block = try StoredBlock(at: place, in: source, salt: salt),
                block.header.type == BlockType.meta
            else { continue }
            try budget.spend(block.header.decodedSize, of: source.path, at: place)
            try budget.spend(documents: block.header, of: source.path, at: place)
            let meta = try? PayloadDecoder.meta(block.payload, header: block.header)
            for document in meta?.documents ?? [] { try body(document) }
        }
    }
}
