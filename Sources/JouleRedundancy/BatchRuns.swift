import JouleFile
import JouleQuantities

/// Makes runs of what was read of their documents and rows.
///
/// What many runs have in common is parsed once, by the parser of records, when the first of them comes.
struct BatchRuns {
    /// What many runs have in common besides their setting.
    private struct Circumstance {
        let origin: RunOrigin
        let status: RunStatus
        let isVerification: Bool
        let rank: Int?
        let startIsAssumed: Bool
        let endIsAssumed: Bool
        let energyIsAssumed: Bool
    }

    /// A setting, with what its code says of the command line.
    private struct Setting {
        let setting: RunSetting
        let arguments: String?
    }

    /// What a number stands for.
    private enum Recurring<Value> {
        case text([UInt8])
        case value(Value)
        /// No record has such members.
        case impossible
    }

    /// How documents end, with their names of metrics kept once.
    private struct Ending {
        let ending: DocumentTree.Ending
        let names: MetricNames
    }

    /// A leaf among those of the vocabulary.
    private struct Leaf {
        var spelling: UInt32 = 0
        var kind: KeyKinds.Kinds = []
        var path: ConfigurationPaths.Place = 0
    }

    private var settings: [Recurring<Setting>] = []
    private var circumstances: [Recurring<Circumstance>] = []
    private var sweeps: [String] = []
    private var endings: [Ending] = []
    /// Places in the vocabulary by those of the reader.
    private var paths: [ConfigurationPaths.Place] = []
    private var slots = [Leaf](repeating: Leaf(), count: RecentSpellings.slotCount)
    /// What rows say of the runs of the batch.
    private var courses = EpochCourses()
    private var rows = EpochCourses.Reader()
    /// The new leaves of the batch, and how many of them were met.
    private var newLeaves: [Leaf] = []
    private var newLeavesTaken = 0
    /// Reused from one run to the next.
    private var leaves: [UInt32] = []
    private var kinds: [(kind: KeyKinds.Kinds, path: ConfigurationPaths.Place)] = []
    private var ignored = RunDetails.SpeltLeaves()
    private var spelling: [UInt8] = []

    /// Takes what the numbers stand for that the batch has first.
    mutating func begin(_ batch: ReadBatch, _ vocabulary: inout RunVocabulary) {
        paths += batch.paths.map { vocabulary.paths.place(text: $0.text, kind: $0.kind) }
        endings += batch.endings.map {
            Ending(ending: $0, names: vocabulary.names($0.metrics))
        }
        for number in 0..<batch.settings.count {
            settings.append(.text(Array(batch.settings[number])))
        }
        for number in 0..<batch.circumstances.count {
            circumstances.append(.text(Array(batch.circumstances[number])))
        }
        for number in 0..<batch.sweeps.count {
            sweeps.append(String(decoding: batch.sweeps[number], as: UTF8.self))
        }
        courses = batch.courses ?? rows.courses(of: batch.batch)
        learnLeaves(of: batch, &vocabulary)
    }

    /// All leaves that are new in the batch: together they take half the time.
    private mutating func learnLeaves(of batch: ReadBatch, _ vocabulary: inout RunVocabulary) {
        newLeaves.removeAll(keepingCapacity: true)
        newLeavesTaken = 0
        var spellings: [UInt8] = []
        var ends: [Int] = []
        for number in 0..<batch.spellings.count {
            respell(batch.spellings[number])
            spellings += spelling
            ends.append(spellings.count)
            newLeaves.append(
                Leaf(
                    kind: KeyKinds.Kinds(spelling[...]) ?? [],
                    path: Spelling.path(of: spelling[...])
                )
            )
        }
        for (number, place) in vocabulary.spellingPlaces(spellings, ends).enumerated() {
            newLeaves[number].spelling = place
        }
    }

    /// The next run of a batch that was begun; nil for one that takes a record to understand.
    mutating func run(
        _ place: Int,
        of batch: ReadBatch,
        _ vocabulary: inout RunVocabulary,
        _ store: DetailStore
    ) -> AuditedRun? {
        takeLeaves(of: batch, place)
        guard let facts = batch.runs[place],
            let setting = setting(facts.setting, &vocabulary),
            let frame = circumstance(facts.circumstance, &vocabulary)
        else { return nil }
        let program = setting.setting.program
        vocabulary.learnCode(of: setting.setting)
        for (kind, path) in kinds { vocabulary.learn(kind, at: path, of: program) }
        let course = courses.courses[place]
        let ending = endings[facts.ending]
        let results = results(facts, ending, batch, place, &vocabulary)
        let execution = Execution(
            Execution.Facts(
                status: frame.status,
                started: facts.started,
                startIsAssumed: frame.startIsAssumed,
                ended: facts.ended,
                endIsAssumed: frame.endIsAssumed,
                durationSeconds: facts.duration,
                lastEpochEnded: nil
            ),
            epochs: courses.epochs(of: course).lazy.compactMap(\.seconds)
        )
        let hasNonFinite =
            course.hasNonFinite || results.values.contains { !$0.isFinite }
        return AuditedRun(
            AuditedRun.Facts(
                id: facts.id,
                setting: setting.setting,
                origin: frame.origin,
                seed: facts.seed,
                sweep: facts.sweep.map { sweeps[$0] },
                execution: execution,
                cost: RunCost(
                    joules: facts.energy,
                    seconds: execution.durationSeconds,
                    isAssumed: frame.energyIsAssumed,
                    Array(courses.epochs(of: course))
                ),
                curve: results.curve,
                informationBits: results.informationBits,
                names: results.names,
                values: results.values,
                selection: nil,
                epochCount: Int32(clamping: course.epochCount),
                firstEpoch: course.firstNumber.map { Int32(clamping: $0) } ?? .min,
                rank: frame.rank.map { Int32(clamping: $0) } ?? -1,
                status: frame.status,
                isVerification: frame.isVerification,
                hasDiverged: frame.status != .running && hasNonFinite
            ),
            store,
            at: addDetails(facts, setting.arguments, ending, batch, course, to: store)
        )
    }

    private mutating func addDetails(
        _ facts: ReadBatch.Facts,
        _ arguments: String?,
        _ ending: Ending,
        _ batch: ReadBatch,
        _ course: EpochCourses.Course,
        to store: DetailStore
    ) -> DetailStore.Place {
        ignored.removeAll()
        for place in facts.ignored {
            respell(batch.ignored[place])
            ignored.append(spelling)
        }
        return store.add(
            RunDetails.Parts(
                course: courses.words(of: course),
                epochCount: course.epochCount,
                checkpoints: facts.checkpoints,
                arguments: arguments,
                leaves: leaves,
                ignored: ignored,
                unread: [],
                isConfigured: ending.ending.hasConfiguration
            )
        )
    }

    // MARK: Leaves

    /// Those of a run that is not plain as well: later ones may recur to them.
    private mutating func takeLeaves(of batch: ReadBatch, _ place: Int) {
        leaves.removeAll(keepingCapacity: true)
        kinds.removeAll(keepingCapacity: true)
        let start = place == 0 ? 0 : batch.leavesEnds[place - 1]
        for number in start..<batch.leavesEnds[place] {
            let told = batch.leaves[number]
            let leaf =
                told.isNew
                ? newLeaf(told.slot) : slots[told.slot ?? 0]
            leaves.append(leaf.spelling)
            if !leaf.kind.isEmpty { kinds.append((leaf.kind, leaf.path)) }
        }
    }

    private mutating func newLeaf(_ slot: Int?) -> Leaf {
        let leaf = newLeaves[newLeavesTaken]
        newLeavesTaken += 1
        if let slot { slots[slot] = leaf }
        return leaf
    }

    /// With the path's place in the vocabulary.
    private mutating func respell(_ text: ArraySlice<UInt8>) {
        spelling.removeAll(keepingCapacity: true)
        let path = paths[Int(Spelling.path(of: text))]
        Spelling.append(UInt32(bitPattern: path), to: &spelling)
        spelling += text[(text.startIndex + 4)...]
    }

    // MARK: Results

    /// What a run came to.
    private struct Results {
        var curve: CurveMark?
        var informationBits: Double
        var names: MetricNames
        var values: [Double]
    }

    private func results(
        _ facts: ReadBatch.Facts,
        _ ending: Ending,
        _ batch: ReadBatch,
        _ place: Int,
        _ vocabulary: inout RunVocabulary
    ) -> Results {
        let course = courses.courses[place]
        let start = facts.metrics.lowerBound
        let order = ending.ending.order
        var results = Results(
            curve: courses.mark(of: course),
            informationBits: course.informationBits,
            names: ending.names,
            values: order.compactMap { batch.metrics[start + $0] }
        )
        if results.values.count < order.count {
            let known = order.indices.filter { batch.metrics[start + order[$0]] != nil }
            results.names = vocabulary.names(known.map { ending.names.all[$0] })
        }
        if results.values.isEmpty {
            let last = batch.batch.lastMetrics(place, &vocabulary.metricNames)
            results.names = vocabulary.names(last.map(\.name))
            results.values = last.map(\.value)
        } else if results.curve == nil {
            let final = zip(results.names.all, results.values).map {
                Metric(name: $0, value: $1)
            }
            var information = CurveInformation()
            for metric in final { information.count(metric.value) }
            results.curve =
                Curve(prefixes: [], final: vocabulary.metricNames.sum(of: final)).mark
            results.informationBits = information.bits
        }
        return results
    }

    // MARK: What recurs

    private mutating func setting(_ number: Int, _ vocabulary: inout RunVocabulary) -> Setting? {
        switch settings[number] {
        case .value(let setting): return setting
        case .impossible: return nil
        case .text(let key):
            var record = Self.record(key.dropLast())
            if key.last == 1 {
                record?.config = JSONObject(uniqueMembers: [.init(name: "x", value: 1)])
            }
            guard let record else {
                settings[number] = .impossible
                return nil
            }
            let setting = Setting(
                setting: vocabulary.setting(of: record),
                arguments: RunSetting.Facts.arguments(of: record)?.text()
            )
            settings[number] = .value(setting)
            return setting
        }
    }

    private mutating func circumstance(_ number: Int, _ vocabulary: inout RunVocabulary)
        -> Circumstance?
    {
        switch circumstances[number] {
        case .value(let circumstance): return circumstance
        case .impossible: return nil
        case .text(let key):
            guard let record = Self.record(key[...]) else {
                circumstances[number] = .impossible
                return nil
            }
            let circumstance = Circumstance(
                origin: vocabulary.origin(of: record),
                status: record.status,
                isVerification: record.tags.contains("verify"),
                rank: record.rank,
                startIsAssumed: record.assumed.contains("started"),
                endIsAssumed: record.assumed.contains("ended"),
                energyIsAssumed: record.assumed.contains { $0.contains("energy") }
            )
            circumstances[number] = .value(circumstance)
            return circumstance
        }
    }

    /// A record of these members alone; nil where they make none.
    private static func record(_ members: ArraySlice<UInt8>) -> RunRecord? {
        let text = Array(#"{"run_id":"x""#.utf8) + members + [UInt8(ascii: "}")]
        guard let json = try? JSON(parsing: text) else { return nil }
        return try? RunRecord(json: json)
    }
}
