import JouleFile
import JouleQuantities

/// Reads documents and rows of a ledger of many runs, without records in between.
///
/// Knows nothing of the runs of an audit, so that a thread of its own can read ahead. A document that
/// holds anything but what a plain one does is left to the parser of records. Both ways give the same run
/// (`FeedTests`).
struct BatchReader {
    /// A document that asks for a real parser.
    private typealias NotPlain = DocumentNumber.Malformed

    private var rows = EpochCourses.Reader()
    private var tree = DocumentTree()
    private var leaves = DocumentLeaves()
    private var names = DocumentOutline.Names()
    private var hashes = MetricHashes()
    private var paths: ConfigurationPaths
    private var recent = RecentSpellings()
    private var settings = RecurringTexts()
    private var circumstances = RecurringTexts()
    private var sweeps = RecurringTexts()
    /// What batches have told of already.
    private var pathsTold = 0
    private var endingsTold = 0
    /// Reused from one run to the next.
    private var settingKey: [UInt8] = []
    private var circumstanceKey: [UInt8] = []
    private var spelling: [UInt8] = []

    init(_ roles: KeyRoles) { paths = ConfigurationPaths(roles) }

    /// Without `rows` it is left to who takes the batch to read these.
    mutating func read(_ batch: RunBatch, rows areRead: Bool = true) -> ReadBatch {
        var read = ReadBatch(batch, areRead ? rows.courses(of: batch) : nil)
        for (place, document) in batch.places.enumerated() {
            let facts =
                batch.isAnnotated(place) ? nil : try? facts(of: batch.text, document, &read)
            read.runs.append(facts)
            read.leavesEnds.append(read.leaves.count)
        }
        read.paths = paths.all[pathsTold...]
        pathsTold = paths.all.count
        read.endings = tree.endings[endingsTold...]
        endingsTold = tree.endings.count
        return read
    }

    private mutating func ending(of text: [UInt8], _ document: Range<Int>) -> Int? {
        if let known = tree.find(in: text, document) { return known }
        let own = Array(text[document])
        guard let outline = DocumentOutline(own, &leaves, &paths, &names, &hashes) else {
            return nil
        }
        tree.learn(own, outline, names)
        return tree.find(in: text, document)
    }

    // MARK: Values

    /// What a document has for its run alone.
    private struct Own {
        var id: RunID?
        var sweep: Int?
        var seed: JSON?
        var started: WallTime?
        var ended: WallTime?
        var duration: Double?
        var energy: Double?
        var checkpoints: [Int]?
    }

    private mutating func facts(
        of text: [UInt8],
        _ document: Range<Int>,
        _ read: inout ReadBatch
    ) throws(NotPlain) -> ReadBatch.Facts {
        guard let ending = ending(of: text, document) else { throw NotPlain() }
        let (metricsStart, ignoredStart) = (read.metrics.count, read.ignored.count)
        settingKey.removeAll(keepingCapacity: true)
        circumstanceKey.removeAll(keepingCapacity: true)
        var own = Own()
        for number in tree.values.indices {
            try take(tree.values[number], of: text, into: &own, &read)
        }
        // A run that does not say how long it took is looked at as a whole.
        guard let id = own.id, let duration = own.duration else { throw NotPlain() }
        settingKey.append(tree.endings[ending].hasConfiguration ? 1 : 0)
        return ReadBatch.Facts(
            id: id,
            seed: own.seed,
            started: own.started,
            ended: own.ended,
            duration: duration,
            energy: own.energy,
            checkpoints: own.checkpoints,
            setting: settings.number(of: settingKey, &read.settings),
            circumstance: circumstances.number(of: circumstanceKey, &read.circumstances),
            sweep: own.sweep,
            ending: ending,
            metrics: metricsStart..<read.metrics.count,
            ignored: ignoredStart..<read.ignored.count
        )
    }

    private mutating func take(
        _ value: DocumentOutline.Value,
        of text: [UInt8],
        into own: inout Own,
        _ read: inout ReadBatch
    ) throws(NotPlain) {
        let place = value.place
        switch value.role {
        case .none: break
        case .leaf: try takeLeaf(text, value, &read)
        case .ignored:
            try spell(text, value)
            read.ignored.append(spelling)
        case .setting: Self.append(value, of: text, to: &settingKey)
        case .circumstance: Self.append(value, of: text, to: &circumstanceKey)
        case .metric:
            let number = try DocumentNumber.value(text, place)
            if value.argument >= 0 { read.metrics.append(number) }
        case .artifacts:
            guard let artifacts = try? JSON(parsing: Array(text[place])) else { throw NotPlain() }
            own.checkpoints = RunDetails.checkpoints(of: artifacts)
        case .id:
            let characters = text[try Self.plainText(text, place)]
            own.id = RunID(String(decoding: characters, as: UTF8.self))
        case .sweep:
            spelling.removeAll(keepingCapacity: true)
            spelling += text[try Self.plainText(text, place)]
            own.sweep = sweeps.number(of: spelling, &read.sweeps)
        case .seed: own.seed = try Self.seed(text, place)
        case .started: own.started = try DocumentNumber.date(text, place)
        case .ended: own.ended = try DocumentNumber.date(text, place)
        case .duration: own.duration = try DocumentNumber.amount(text, place)
        case .energy: own.energy = try DocumentNumber.amount(text, place)
        }
    }

    private mutating func takeLeaf(
        _ text: [UInt8],
        _ value: DocumentOutline.Value,
        _ read: inout ReadBatch
    ) throws(NotPlain) {
        let key = RecentSpellings.Key(text, value.place, at: value.argument)
        if let key, recent.has(key) { return read.leaves.append(ReadBatch.Leaf(slot: key.slot)) }
        try spell(text, value)
        read.spellings.append(spelling)
        read.leaves.append(ReadBatch.Leaf(newIn: key?.slot))
        if let key { recent.remember(key) }
    }

    private mutating func spell(_ text: [UInt8], _ value: DocumentOutline.Value) throws(NotPlain) {
        spelling.removeAll(keepingCapacity: true)
        guard Spelling.write(text, value.place, at: value.argument, to: &spelling) else {
            throw NotPlain()
        }
    }

    /// A member with its name.
    private static func append(
        _ value: DocumentOutline.Value,
        of text: [UInt8],
        to key: inout [UInt8]
    ) {
        let start = value.place.lowerBound - Int(value.argument)
        key.append(UInt8(ascii: ","))
        key += text[start..<value.place.upperBound]
    }

    /// The place of what a string without escapes says.
    private static func plainText(_ text: [UInt8], _ place: Range<Int>) throws(NotPlain)
        -> Range<Int>
    {
        guard text[place.lowerBound] == UInt8(ascii: "\""),
            !text[place].contains(UInt8(ascii: "\\"))
        else { throw NotPlain() }
        return place.lowerBound + 1..<place.upperBound - 1
    }

    private static func seed(_ text: [UInt8], _ place: Range<Int>) throws(NotPlain) -> JSON? {
        let number = text.span.extracting(place)
        if DecimalText.isNumber(number), let whole = DecimalText.integer(number) {
            return .integer(whole)
        }
        guard let seed = try? JSON(parsing: Array(text[place])) else { throw NotPlain() }
        return seed == .null ? nil : seed
    }
}
