import JouleFormat
import JouleQuantities

/// Reads a whole pack: its own blocks, and every ledger in it.
struct PackScan {
    /// Of the pack's own blocks, and of what they say of the members.
    private(set) var integrity: Integrity
    private(set) var members: [PackedLedger] = []
    let fileID: String
    /// The keys that the pack states; its members state theirs.
    let seals: SealAudit

    /// Hands each member that can be read to `take`, one at a time; `progress` is told where each
    /// begins.
    init(
        _ source: LedgerSource,
        verifies: Bool,
        sealedBy signer: SealIdentity? = nil,
        progress: ((_ offset: UInt64) -> Void)? = nil,
        take: (Ledger) -> Void
    ) throws(LedgerError) {
        var listed = ListedRunIDs()
        let scan = try LedgerScan(
            source,
            verifies: verifies,
            sealedBy: signer,
            visitor: &listed
        )
        seals = scan.seals
        integrity = scan.integrity
        fileID = Digest.hex(scan.header.fileID)
        let contents = try PackContents(of: source, header: scan.header)
        // Without an end the contents were found by the same blocks, which told their damage.
        for problem in contents.problems where contents.metaOffsets != nil { note(problem) }
        let named = Set(contents.members.map(\.extent.start))
        for place in listed.members.places.sorted() where !named.contains(place) {
            note(.init(kind: .member, offset: place, message: "no row names this member"))
        }
        let chains = PackedChains(contents)
        var known: [MemberExtent: PackedLedger] = [:]
        for member in contents.members {
            progress?(member.extent.start)
            if let same = known[member.extent] {
                members.append(
                    PackedLedger(
                        path: member.path,
                        integrity: same.integrity,
                        failure: same.failure
                    )
                )
                continue
            }
            let read: PackedLedger
            do throws(LedgerError) {
                var ledger = try Ledger(
                    contents.source(of: member),
                    verifies: verifies,
                    sealedBy: signer
                )
                var runs = ledger.runs
                if let (chain, place) = chains.segment(member.extent) {
                    if verifies { try ledger.integrity.check(place, of: chain) }
                    try ledger.integrity.checkRing(place, of: chain)
                    // The whole ledger is taken where it begins.
                    let whole = place == 0 ? try Ledger(path: member.path, chain) : nil
                    runs = whole?.runs ?? []
                    if let whole { take(whole) }
                } else {
                    take(ledger)
                }
                if verifies { check(member, ledger, runs, listed: listed.ids[member.number]) }
                read = .init(path: member.path, integrity: ledger.integrity, failure: nil)
            } catch {
                read = .init(path: member.path, integrity: nil, failure: error)
            }
            known[member.extent] = read
            members.append(read)
        }
    }

    private mutating func note(_ problem: Integrity.Problem) {
        integrity.state = .damaged
        guard integrity.problems.count < 100 else { return }
        integrity.problems.append(problem)
    }

    /// What the pack says of a member that is whole must be what it is.
    private mutating func check(
        _ member: PackContents.Member,
        _ ledger: Ledger,
        _ runs: [RunRecord],
        listed: [String]?
    ) {
        guard let state = member.state, ledger.integrity.state != .damaged else { return }
        let isFitting =
            state.rawValue == ledger.integrity.state.rawValue
            && member.root == Digest.hex(ledger.integrity.root) && member.fileID == ledger.fileID
            && listed ?? [] == runs.map(\.id.description)
        guard !isFitting else { return }
        let message = "what the pack says of \(member.path) is not what it holds"
        note(.init(kind: .member, offset: member.extent.start, message: message))
    }
}

/// The ledgers of a pack that go on in segments.
private struct PackedChains {
    private var chains: [SegmentChain] = []
    private var places: [MemberExtent: (chain: Int, segment: Int)] = [:]

    init(_ contents: PackContents) {
        for group in contents.ledgers() where group.count > 1 {
            guard let chain = try? SegmentChain(group.map(contents.source(of:))) else { continue }
            for (segment, member) in group.enumerated() {
                places[member.extent] = (chains.count, segment)
            }
            chains.append(chain)
        }
    }

    /// The segments that a member is one of, and which; nil of a ledger of one file.
    func segment(_ extent: MemberExtent) -> (SegmentChain, place: Int)? {
        places[extent].map { (chains[$0.chain], $0.segment) }
    }
}

/// Which runs the META documents of a pack list, by member, and where its MEMBER blocks begin.
private struct ListedRunIDs: LedgerVisitor {
    private(set) var ids: [UInt32: [String]] = [:]
    private(set) var members = MemberPlaces()

    mutating func visit(block: LedgerBlock) { members.visit(block: block) }

    mutating func visit(meta document: MetaDocument) {
        guard let member = document.json["member"]?.integer.flatMap(UInt32.init(exactly:)),
            let id = document.set["run_id"]?.string
        else { return }
        ids[member, default: []].append(id)
    }

    mutating func visit(rows: DataPayload, schema: TableSchema) {}
}

/// Where members begin, by their blocks.
struct MemberPlaces: LedgerVisitor {
    private(set) var places: Set<UInt64> = []

    mutating func visit(block: LedgerBlock) {
        guard block.header.type == BlockType.member,
            let part = try? PayloadDecoder.member(block.payload, header: block.header),
            let extent = MemberExtent(of: part, at: block.offset)
        else { return }
        places.insert(extent.start)
    }

    mutating func visit(meta document: MetaDocument) {}
    mutating func visit(rows: DataPayload, schema: TableSchema) {}
}
