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
        case id, status, stage, project, user, sweep, started, ended, duration, energy
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
    private var wordTexts: [String?] = []
    private var words = ByteTable()
    /// Names of members, and what they are to the facts.
    private var memberNames = ByteTable()
    private var roleByName: [Role] = []
    /// Names in environments, and whether they matter.
    private var variableNames = ByteTable()
    private var matters: [Bool] = []
    /// Members in the order in which the last document had them.
    private var expected: [Member] = []
    private let energyNames = EnergyNames()
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
        if wordTexts.count >= Self.textsMax {
            words.removeAll()
            wordTexts.removeAll()
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

    private mutating func facts(of batch: RunBatch, _ place: Int) throws(NotPlain) -> RunFacts {
        let document = batch.places[place]
        var cursor = TextCursor(batch.text, at: document.lowerBound, to: document.upperBound)
        guard cursor.take(Self.run), cursor.scalar() != nil, cursor.take(Self.set) else {
            throw NotPlain()
        }
        var own = Own()
        key.removeAll(keepingCapacity: true)
        repeat { try take(&cursor, into: &own) } while cursor.take(UInt8(ascii: ","))
        guard cursor.take(UInt8(ascii: "}")), cursor.take(UInt8(ascii: "}")),
            cursor.isAtEnd, let id = own.id, let frame = frame()
        else { throw NotPlain() }
        var facts = own.facts
        // A process that died could not say so; nobody writes to a ledger that is read so.
        if facts.status == .running, own.hasProcess { facts.status = .killed }
        facts.durationSeconds = try Self.duration(facts)
        facts.energy = facts.energy ?? frame.meters.total(of: facts.deviceEnergy)?.energy
        guard facts.deviceEnergy.allSatisfy({ $0.meter < frame.meters.count }),
            // What the meters saw is then told by each epoch.
            frame.meters.isEmpty || !facts.deviceEnergy.isEmpty
        else { throw NotPlain() }
        for part in batch.rows(place) {
            facts.epochs.add(part)
        }
        return RunFacts(id: id, frame: frame, facts)
    }

    /// As `RunAssembly` completes it; where epochs have to tell, that is left to it.
    private static func duration(_ own: RunFacts.Own) throws(NotPlain) -> Double? {
        if let stated = own.durationSeconds { return stated }
        guard let started = own.started else { return nil }
        guard let ended = own.ended else { throw NotPlain() }
        return max(0, ended.unixSeconds - started.unixSeconds)
    }

    /// What a document has for its run alone.
    private struct Own {
        var id: RunID?
        var facts = RunFacts.Own()
        var hasProcess = false
        /// Names that it had, a bit for each, and how many.
        var seen: UInt64 = 0
        var members = 0
    }

    private mutating func take(
        _ cursor: inout TextCursor,
        into own: inout Own
    ) throws(NotPlain) {
        let start = cursor.place
        let member = try member(&cursor, own.members)
        own.members += 1
        guard own.seen & member.bit == 0, let value = cursor.value() else { throw NotPlain() }
        own.seen |= member.bit
        let text = cursor.bytes
        switch member.role {
        case .none: break
        case .epochs: throw NotPlain()
        case .id: own.id = RunID(try Self.plain(text, value))
        case .status: own.facts.status = try word(text, value) ?? .finished
        case .stage: own.facts.stage = try word(text, value)
        case .project: own.facts.project = try recurring(text, value)
        case .user: own.facts.user = try recurring(text, value)
        case .sweep: own.facts.sweep = try recurring(text, value)
        case .started: own.facts.started = try DocumentNumber.date(text, value)
        case .ended: own.facts.ended = try DocumentNumber.date(text, value)
        case .duration: own.facts.durationSeconds = try DocumentNumber.amount(text, value)
        case .energy:
            own.facts.energy = try DocumentNumber.amount(text, value).map(Energy.init(joules:))
        case .meterEnergy: own.facts.deviceEnergy = try deviceEnergy(text, value)
        case .parents: own.facts.parents = try Self.parents(text, value)
        case .common: append(text[start..<value.upperBound])
        case .environment: try appendEnvironment(text, value)
        case .process: own.hasProcess = text[value.lowerBound] == UInt8(ascii: "{")
        case .selected: own.facts.isSelected = text[value.lowerBound] == UInt8(ascii: "{")
        }
    }

    /// A member as documents have it.
    private struct Member {
        /// With the colon behind it.
        let name: [UInt8]
        let role: Role
        /// Which of the names it has.
        let bit: UInt64
    }

    /// The member that comes next, of which `place` others came before.
    private mutating func member(_ cursor: inout TextCursor, _ place: Int) throws(NotPlain)
        -> Member
    {
        if place < expected.count, cursor.take(expected[place].name) { return expected[place] }
        let start = cursor.place
        guard let name = cursor.name() else { throw NotPlain() }
        let (number, isNew) = memberNames.place(of: cursor.bytes.span.extracting(name))
        if isNew { roleByName.append(.none) }
        // A document that has more than these names is left to a real parser.
        guard number < 64 else { throw NotPlain() }
        let member = Member(
            name: Array(cursor.bytes[start..<cursor.place]),
            role: roleByName[Int(number)],
            bit: 1 << UInt64(number)
        )
        expected.removeSubrange(min(place, expected.count)...)
        expected.append(member)
        return member
    }

    private mutating func append(_ member: ArraySlice<UInt8>) {
        key.append(UInt8(ascii: ","))
        key += member
    }

    /// Of what may differ from run to run, as the number of a job does, what matters here.
    private mutating func appendEnvironment(_ text: [UInt8], _ place: Range<Int>) throws(NotPlain) {
        var cursor = TextCursor(text, at: place.lowerBound)
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
        guard cursor.take(UInt8(ascii: "}")), cursor.place == place.upperBound else {
            throw NotPlain()
        }
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

    /// A string that other runs have too, or null.
    private mutating func recurring(_ text: [UInt8], _ place: Range<Int>) throws(NotPlain)
        -> String?
    {
        if text[place].elementsEqual("null".utf8) { return nil }
        let (number, isNew) = words.place(of: text.span.extracting(place))
        if isNew { wordTexts.append(try? Self.plain(text, place)) }
        guard let word = wordTexts[Int(number)] else { throw NotPlain() }
        return word
    }

    /// One of a few words, or null.
    private mutating func word<Word: RawRepresentable>(_ text: [UInt8], _ place: Range<Int>)
        throws(NotPlain) -> Word? where Word.RawValue == String
    {
        guard let name = try recurring(text, place) else { return nil }
        guard let word = Word(rawValue: name) else { throw NotPlain() }
        return word
    }

    // MARK: Values

    /// What a string without escapes says.
    private static func plain(_ text: [UInt8], _ place: Range<Int>) throws(NotPlain) -> String {
        guard text[place.lowerBound] == UInt8(ascii: "\""),
            !text[place].contains(UInt8(ascii: "\\"))
        else { throw NotPlain() }
        return String(decoding: text[place.lowerBound + 1..<place.upperBound - 1], as: UTF8.self)
    }

    /// As `RecordFields` reads it; whether there are such meters is looked at later.
    private func deviceEnergy(_ text: [UInt8], _ place: Range<Int>) throws(NotPlain)
        -> [DeviceEnergy]
    {
        var cursor = TextCursor(text, at: place.lowerBound)
        guard cursor.take(UInt8(ascii: "[")), cursor.next == UInt8(ascii: "{") else {
            throw NotPlain()
        }
        var energies: [DeviceEnergy] = []
        repeat {
            energies.append(try Self.oneDeviceEnergy(&cursor, energyNames))
        } while cursor.take(UInt8(ascii: ","))
        guard cursor.take(UInt8(ascii: "]")), cursor.place == place.upperBound else {
            throw NotPlain()
        }
        return energies
    }

    private static func oneDeviceEnergy(_ cursor: inout TextCursor, _ names: EnergyNames)
        throws(NotPlain) -> DeviceEnergy
    {
        guard cursor.take(UInt8(ascii: "{")) else { throw NotPlain() }
        var (meter, joules, coverage, uncertainty): (Double?, Double?, Double?, Double?)
        var seen = 0
        func value(_ cursor: inout TextCursor, _ bit: Int) throws(NotPlain) -> Double? {
            guard seen & bit == 0, let place = cursor.scalar() else { throw NotPlain() }
            seen |= bit
            return try DocumentNumber.amount(cursor.bytes, place)
        }
        repeat {
            if cursor.take(names.meter) {
                meter = try value(&cursor, 1)
            } else if cursor.take(names.joules) {
                joules = try value(&cursor, 2)
            } else if cursor.take(names.coverage) {
                coverage = try value(&cursor, 4)
            } else if cursor.take(names.uncertainty) {
                uncertainty = try value(&cursor, 8)
            } else {
                throw NotPlain()
            }
        } while cursor.take(UInt8(ascii: ","))
        guard cursor.take(UInt8(ascii: "}")), let meter = meter.flatMap(Int.init(exactly:)),
            let joules
        else { throw NotPlain() }
        return DeviceEnergy(
            meter: meter,
            measured: MeasuredEnergy(
                energy: Energy(joules: joules),
                coverage: coverage ?? 1,
                uncertaintyRelative: uncertainty
            )
        )
    }

    /// What an energy may have; flags are left to the parser of records.
    private struct EnergyNames {
        let meter = Array(#""meter":"#.utf8)
        let joules = Array(#""energy_j":"#.utf8)
        let coverage = Array(#""coverage":"#.utf8)
        let uncertainty = Array(#""uncertainty_rel":"#.utf8)
    }

    private static func parents(_ text: [UInt8], _ place: Range<Int>) throws(NotPlain) -> [Parent] {
        let member = Array(#"{"run_id":"-","parents":"#.utf8) + text[place] + [UInt8(ascii: "}")]
        guard let json = try? JSON(parsing: member), let record = try? RunRecord(json: json) else {
            throw NotPlain()
        }
        return record.parents
    }
}
