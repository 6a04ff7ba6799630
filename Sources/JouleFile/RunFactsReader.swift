import JouleQuantities

/// Makes facts of the runs of a ledger of many, mostly without records in between.
///
/// A document that holds anything but what this library writes is left to the parser of records. Both
/// ways give the same facts (`RunFactsTests`).
struct RunFactsReader {
    /// A document that asks for a real parser.
    private typealias NotPlain = DocumentNumber.Malformed

    /// What a member is to the facts.
    private enum Role {
        /// Nothing, whatever it is.
        case none
        /// In a document, they would be beside the rows.
        case epochs
        case id, status, stage, project, user, account, sweep, started, ended, duration, energy
        case meterEnergy, parents, process, selected
        /// Part of what runs have in common, as it is written, or what matters of it.
        case common, environment
    }

    /// Rows of epochs are read for these columns: run, number, start, seconds, joules.
    static let epochColumns: Set<UInt16> = [0, 2, 3, 4, 5]

    private static let roles: [[UInt8]: Role] = [
        Array("epochs".utf8): .epochs, Array("run_id".utf8): .id, Array("sweep".utf8): .sweep,
        Array("started".utf8): .started,
        Array("ended".utf8): .ended, Array("duration_s".utf8): .duration,
        Array("energy_j".utf8): .energy, Array("energy_by_meter".utf8): .meterEnergy,
        Array("parents".utf8): .parents, Array("env".utf8): .environment,
        Array("process".utf8): .process, Array("selected".utf8): .selected,
        Array("status".utf8): .status, Array("stage".utf8): .stage,
        Array("project".utf8): .project, Array("user".utf8): .user,
        Array("account".utf8): .account,
        Array("hardware".utf8): .common, Array("meters".utf8): .common,
        Array("declared".utf8): .common, Array("world_size".utf8): .common,
    ]
    private static let environmentNames = Set(RunFrame.environmentNames.map { Array($0.utf8) })
    private static let environment = Array(#""env":{"#.utf8)
    private static let run = Array(#"{"run":"#.utf8)
    private static let set = Array(#","set":{"#.utf8)

    private let frames: SharedFrames
    /// By place in `texts`; nil for members that make no record.
    private var framesByText: [RunFrame?] = []
    private var texts = ByteTable()
    /// By place in `words`; nil for one with escapes.
    private var meanings: [Meaning?] = []
    private var words = ByteTable()
    /// Names of members, and what they are to the facts.
    private var memberNames = ByteTable()
    private var roleByName: [Role] = []
    /// Names in environments, and whether they matter.
    private var variableNames = ByteTable()
    private var matters: [Bool] = []
    /// Members in the order in which the last document had them, and their names, with the colon behind
    /// each, one behind the other.
    private var expected: [Member] = []
    private var expectedNames: [UInt8] = []
    private var energies = DeviceEnergyReader()
    /// Reused from one document to the next.
    private var key: [UInt8] = []

    /// Beyond this many texts what was seen is forgotten.
    private static let textsMax = 1 << 16

    init(_ frames: SharedFrames) {
        self.frames = frames
        learnRoles()
    }

    private mutating func learnRoles() {
        memberNames.removeAll()
        roleByName = []
        expected = []
        expectedNames = []
        // These first, so that they have a bit whatever else documents hold.
        for (name, role) in Self.roles.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
            _ = memberNames.place(of: name)
            roleByName.append(role)
        }
    }

    /// Facts of a run that was read by itself.
    func facts(of record: RunRecord, keepingRecord: Bool) -> RunFacts {
        frames.facts(of: record, keepingRecord: keepingRecord)
    }

    /// Facts of all runs of a batch; of one that is no record, `fail` is told.
    mutating func facts(
        of batch: RunBatch,
        fail: (LedgerDirectory.Problem) -> Void,
        _ body: (RunFacts) -> Void
    ) {
        if framesByText.count >= Self.textsMax {
            texts.removeAll()
            framesByText.removeAll()
        }
        if meanings.count >= Self.textsMax {
            words.removeAll()
            meanings.removeAll()
        }
        if memberNames.count >= Self.textsMax { learnRoles() }
        for place in 0..<batch.count {
            if !batch.isAnnotated(place), let facts = try? facts(of: batch, place) {
                body(facts)
                continue
            }
            do throws(RecordError) {
                body(facts(of: try batch.record(place), keepingRecord: false))
            } catch {
                fail(batch.problem(place, error))
            }
        }
    }

    // MARK: A document

    // What goes through a document is given its text as well, which is one reference fewer to count.

    private mutating func facts(of batch: RunBatch, _ place: Int) throws(NotPlain) -> RunFacts {
        let document = batch.places[place]
        let text = batch.text
        var cursor = TextCursor(text, at: document.lowerBound, to: document.upperBound)
        guard cursor.take(Self.run), cursor.scalar() != nil, cursor.take(Self.set) else {
            throw NotPlain()
        }
        var facts = RunFacts.Own()
        var seen = Seen()
        key.removeAll(keepingCapacity: true)
        repeat { try take(&cursor, text, into: &facts, &seen) } while cursor.take(UInt8(ascii: ","))
        guard cursor.take(UInt8(ascii: "}")), cursor.take(UInt8(ascii: "}")),
            cursor.isAtEnd, let id = seen.id, let frame = frame()
        else { throw NotPlain() }
        // A process that died could not say so; nobody writes to a ledger that is read so.
        if facts.status == .running, seen.hasProcess { facts.status = .killed }
        facts.durationSeconds = try Self.duration(facts)
        facts.energy = facts.energy ?? frame.meters.total(of: facts.deviceEnergy)?.energy
        guard facts.deviceEnergy.allSatisfy({ $0.meter < frame.meters.count }),
            // What the meters saw is then told by each epoch.
            frame.meters.isEmpty || !facts.deviceEnergy.isEmpty
        else { throw NotPlain() }
        for part in batch.rows(place) {
            facts.epochs.add(part)
        }
        return RunFacts(id: id, frame: frame, consume facts)
    }

    /// As `RunAssembly` completes it; where epochs have to tell, that is left to it.
    private static func duration(_ own: RunFacts.Own) throws(NotPlain) -> Double? {
        if let stated = own.durationSeconds { return stated }
        guard let started = own.started else { return nil }
        guard let ended = own.ended else { throw NotPlain() }
        return max(0, ended.unixSeconds - started.unixSeconds)
    }

    /// What a document had so far besides facts.
    private struct Seen {
        var id: RunID?
        var hasProcess = false
        /// Names, a bit for each, and how many.
        var names: UInt64 = 0
        var members = 0
    }

    private mutating func take(
        _ cursor: inout TextCursor,
        _ text: [UInt8],
        into own: inout RunFacts.Own,
        _ seen: inout Seen
    ) throws(NotPlain) {
        let start = cursor.place
        let member = try member(&cursor, text, seen.members)
        seen.members += 1
        guard seen.names & member.bit == 0 else { throw NotPlain() }
        seen.names |= member.bit
        if member.role == .environment { return try appendEnvironment(&cursor, text) }
        if member.role == .meterEnergy {
            own.deviceEnergy = try energies.read(&cursor)
            return
        }
        guard let value = cursor.value() else { throw NotPlain() }
        switch member.role {
        case .none, .environment, .meterEnergy: break
        case .epochs: throw NotPlain()
        case .id: seen.id = RunID(try Self.plain(text, value))
        case .status: own.status = try status(text, value)
        case .stage: own.stage = try stage(text, value)
        case .project: own.project = try recurring(text, value)
        case .user: own.user = try recurring(text, value)
        case .account: own.account = try recurring(text, value)
        case .sweep: own.sweep = try recurring(text, value)
        case .started: own.started = try DocumentNumber.date(text, value)
        case .ended: own.ended = try DocumentNumber.date(text, value)
        case .duration: own.durationSeconds = try DocumentNumber.amount(text, value)
        case .energy:
            own.energy = try DocumentNumber.amount(text, value).map(Energy.init(joules:))
        case .parents: own.parents = try Self.parents(text, value)
        case .common: append(text[start..<value.upperBound])
        case .process: seen.hasProcess = text[value.lowerBound] == UInt8(ascii: "{")
        case .selected: own.isSelected = text[value.lowerBound] == UInt8(ascii: "{")
        }
    }

    /// A member as documents have it.
    private struct Member {
        let role: Role
        /// Which of the names it has.
        let bit: UInt64
        /// Where its name ends in `expectedNames`; that of the next one begins there.
        let nameEnd: Int
    }

    /// The member that comes next, of which `place` others came before.
    private mutating func member(
        _ cursor: inout TextCursor,
        _ text: [UInt8],
        _ place: Int
    ) throws(NotPlain) -> Member {
        let nameStart = place == 0 ? 0 : expected[place - 1].nameEnd
        if place < expected.count {
            let member = expected[place]
            if cursor.take(expectedNames.span.extracting(nameStart..<member.nameEnd)) {
                return member
            }
        }
        let start = cursor.place
        guard let name = cursor.name() else { throw NotPlain() }
        let (number, isNew) = memberNames.place(of: text.span.extracting(name))
        if isNew { roleByName.append(.none) }
        // A document that has more than these names is left to a real parser.
        guard number < 64 else { throw NotPlain() }
        expected.removeSubrange(place...)
        expectedNames.removeSubrange(nameStart...)
        expectedNames += text[start..<cursor.place]
        let member = Member(
            role: roleByName[Int(number)],
            bit: 1 << UInt64(number),
            nameEnd: expectedNames.count
        )
        expected.append(member)
        return member
    }

    private mutating func append(_ member: ArraySlice<UInt8>) {
        key.append(UInt8(ascii: ","))
        key += member
    }

    /// Of what may differ from run to run, as the number of a job does, what matters here.
    private mutating func appendEnvironment(
        _ cursor: inout TextCursor,
        _ text: [UInt8]
    ) throws(NotPlain) {
        guard cursor.take(UInt8(ascii: "{")) else { throw NotPlain() }
        append(Self.environment[...])
        var isFirst = true
        if cursor.next != UInt8(ascii: "}") {
            repeat {
                let start = cursor.place
                guard let name = cursor.name(), let value = cursor.value() else {
                    throw NotPlain()
                }
                guard isWanted(text, name) else { continue }
                if !isFirst { key.append(UInt8(ascii: ",")) }
                isFirst = false
                key += text[start..<value.upperBound]
            } while cursor.take(UInt8(ascii: ","))
        }
        guard cursor.take(UInt8(ascii: "}")) else { throw NotPlain() }
        key.append(UInt8(ascii: "}"))
    }

    private mutating func isWanted(_ text: [UInt8], _ name: Range<Int>) -> Bool {
        if matters.count >= Self.textsMax {
            variableNames.removeAll()
            matters.removeAll()
        }
        let (number, isNew) = variableNames.place(of: text.span.extracting(name))
        if isNew { matters.append(Self.environmentNames.contains(Array(text[name]))) }
        return matters[Int(number)]
    }

    // MARK: What recurs

    /// Nil where the common members make no record.
    private mutating func frame() -> RunFrame? {
        let (place, isNew) = texts.place(of: key)
        guard isNew else { return framesByText[Int(place)] }
        let text = Array(#"{"run_id":"-""#.utf8) + key + [UInt8(ascii: "}")]
        let record = (try? JSON(parsing: text)).flatMap { try? RunRecord(json: $0) }
        framesByText.append(record.map { frames.frame(of: $0) })
        return framesByText[Int(place)]
    }

    /// What a value says that other runs have too.
    private struct Meaning {
        /// Nil for null.
        var text: String?
        /// Nil where the text is none.
        var status: RunStatus?
        var stage: Stage?
    }

    /// Where in `meanings` there is one, of a string without escapes or null.
    private mutating func meaning(_ text: [UInt8], _ place: Range<Int>) throws(NotPlain) -> Int {
        let (number, isNew) = words.place(of: text.span.extracting(place))
        if isNew {
            let isNull = text[place].elementsEqual("null".utf8)
            let word = isNull ? nil : try? Self.plain(text, place)
            meanings.append(
                word == nil && !isNull
                    ? nil
                    : Meaning(
                        text: word,
                        status: word.flatMap(RunStatus.init(rawValue:)),
                        stage: word.flatMap(Stage.init(rawValue:))
                    )
            )
        }
        guard meanings[Int(number)] != nil else { throw NotPlain() }
        return Int(number)
    }

    private mutating func recurring(_ text: [UInt8], _ place: Range<Int>) throws(NotPlain)
        -> String?
    {
        meanings[try meaning(text, place)]?.text
    }

    private mutating func status(_ text: [UInt8], _ place: Range<Int>) throws(NotPlain)
        -> RunStatus
    {
        let number = try meaning(text, place)
        if let status = meanings[number]?.status { return status }
        guard meanings[number]?.text == nil else { throw NotPlain() }
        return .finished
    }

    private mutating func stage(_ text: [UInt8], _ place: Range<Int>) throws(NotPlain) -> Stage? {
        let number = try meaning(text, place)
        if let stage = meanings[number]?.stage { return stage }
        guard meanings[number]?.text == nil else { throw NotPlain() }
        return nil
    }

    // MARK: Values

    /// What a string without escapes says.
    private static func plain(_ text: [UInt8], _ place: Range<Int>) throws(NotPlain) -> String {
        guard text[place.lowerBound] == UInt8(ascii: "\""),
            !text[place].contains(UInt8(ascii: "\\"))
        else { throw NotPlain() }
        return String(decoding: text[place.lowerBound + 1..<place.upperBound - 1], as: UTF8.self)
    }

    private static func parents(_ text: [UInt8], _ place: Range<Int>) throws(NotPlain) -> [Parent] {
        let member = Array(#"{"run_id":"-","parents":"#.utf8) + text[place] + [UInt8(ascii: "}")]
        guard let json = try? JSON(parsing: member), let record = try? RunRecord(json: json) else {
            throw NotPlain()
        }
        return record.parents
    }
}
