import Glibc
import JouleFile
package import JouleMeters
public import JouleQuantities

extension Run {
    /// Begins a run: finds out what it is, looks whether it was done before, opens its ledger.
    ///
    /// - Parameters:
    ///   - project: Groups runs that are compared; nil: `JOULEBOOK_PROJECT`, else the program's name.
    ///   - config: What distinguishes the run, as an object; secrets are redacted.
    ///   - stage: The part of the model's life that the run belongs to.
    ///   - options: Everything else.
    /// - Returns: The run; one that keeps nothing where no ledger can be made.
    /// - Throws: `RunError.configurationNotAnObject`, `RunError.argumentInvalid` for an empty project,
    ///   an unknown region or an impossible PUE, and `RunError.duplicateRun` when asked to.
    ///   Trouble with the disk, the meters or git is a warning, and the training goes on.
    public static func start(
        project: String? = nil,
        config: JSON = [:],
        stage: Stage? = nil,
        options: RunOptions = RunOptions()
    ) throws(RunError) -> Run {
        try start(
            project: project,
            config: config,
            stage: stage,
            options: options,
            environment: .current(),
            meters: { MeterInventory.discover(machine: $0) }
        )
    }

    /// The same in a given environment, with given meters.
    package static func start(
        project: String? = nil,
        config: JSON = [:],
        stage: Stage? = nil,
        options: RunOptions = RunOptions(),
        environment: ProcessEnvironment,
        meters: (MachineFacts) -> MeterInventory
    ) throws(RunError) -> Run {
        guard let config = config == .null ? JSONObject() : config.object else {
            throw .configurationNotAnObject
        }
        var options = options
        try options.check(project: project)
        options.isQuiet = options.isQuiet ?? isSwitchedOn("JOULEBOOK_QUIET", in: environment)
        let misunderstood = environment["JOULEBOOK_CAPTURE"].flatMap { options.captures.apply($0) }
        let word = environment["JOULEBOOK_DURABILITY"]
        options.durability = options.durability ?? word.flatMap(Durability.init(rawValue:))
        let started = Stamp.now()
        let project = project ?? environment["JOULEBOOK_PROJECT"] ?? defaultProject(options)
        let rank = Rank(environment)
        let naming = RunNaming(environment, launcher: RunFacts.launcher())
        let ordinal = StartCounter.next(project: project)
        let name = options.idScope ?? project
        let id = options.runID ?? naming.id(project: name, ordinal: ordinal)
        let isQuiet = options.isQuiet == true
        var run = PendingRun(
            id: id,
            project: project,
            rank: rank,
            started: started,
            isQuiet: isQuiet
        )
        guard !isSwitchedOn("JOULEBOOK_DISABLED", in: environment) else { return run.silent() }
        let root = options.directory ?? environment["JOULEBOOK_DIR"] ?? "joulebook"
        let place = LedgerPlace(root: resolvedPath(root), project: project)
        if rank != nil, options.runID == nil, naming.shared == nil { run.warnAboutLoneRank() }
        if let misunderstood { run.say(misunderstood) }
        run.warnAboutEnvironment(environment, options)
        var code =
            options.captures.contains(.code)
            ? CodeCapture(options, ledgerDirectory: place.root) : nil
        // Where it is waited for, git looks at the code while everything else is found out.
        if options.onDuplicate != .ignore { code = code?.begun() }
        let machine = MachineFacts()
        run.describe(config, stage, options, environment, machine)
        if options.runID == nil, environment["JOULEBOOK_RUN_ID"] == nil {
            run.goOn(in: place, environment)
        }
        let inventory =
            options.captures.contains(.energy)
            ? meters(machine) : MeterInventory(meters: [], absent: [])
        run.note(code, options, place)
        try run.lookForDuplicates(options, in: place)
        return run.open(options, in: place, inventory)
    }

    private static func isSwitchedOn(_ name: String, in environment: ProcessEnvironment) -> Bool {
        let value = environment[name]?.lowercased() ?? "0"
        return !["0", "false", "no", "off"].contains(value)
    }

    /// The program's name without its folder and extension.
    private static func defaultProject(_ options: RunOptions) -> String {
        let entry = options.entry ?? options.arguments?.first ?? CommandLine.arguments.first ?? ""
        let name = entry.split(separator: "/").last ?? ""
        let stem = name.firstIndex(of: ".").map { name[..<$0] } ?? name
        return stem.isEmpty || stem.hasPrefix("-") ? "default" : String(stem)
    }
}

/// A run that is being started.
private struct PendingRun {
    private var id: RunID
    let project: String
    let rank: Rank?
    private var started: Stamp
    private let isQuiet: Bool
    private let startedCPU = ThreadClock.nowNS()
    private var record: RunRecord
    private var report: PreflightReport?
    private var replays: ReplayWatch?
    private var claim: Claim?
    private var warnings: [String] = []
    private var artifacts = CapturedArtifacts()
    private var takesClosure = false

    init(id: RunID, project: String, rank: Rank?, started: Stamp, isQuiet: Bool) {
        self.id = id
        self.project = project
        self.rank = rank
        self.started = started
        self.isQuiet = isQuiet
        record = RunRecord(id: id, status: .running)
        record.project = project
        record.started = started.wall
        record.rank = rank?.number
        record.worldSize = rank?.worldSize
    }

    /// Ranks that share nothing would be counted as so many runs.
    mutating func warnAboutLoneRank() {
        let text = """
            the ranks of this job cannot find a common run id; \
            set JOULEBOOK_RUN_ID to one value for all of them
            """
        say(text)
    }

    /// A place that a whole machine states wrongly is no reason not to train.
    mutating func warnAboutEnvironment(_ environment: ProcessEnvironment, _ options: RunOptions) {
        if options.region == nil, let region = environment["JOULEBOOK_REGION"],
            let reason = Region.refusal(of: region)
        {
            say("JOULEBOOK_REGION \(reason)")
        }
        if options.durability == nil, let word = environment["JOULEBOOK_DURABILITY"], !word.isEmpty
        {
            let known = Durability.allCases.map(\.rawValue).joined(separator: ", ")
            say("JOULEBOOK_DURABILITY must be one of \(known), not \(quoted(word)); ring is used")
        }
        if options.pue == nil, let word = environment["JOULEBOOK_PUE"],
            !(Double(word).map { (1...3).contains($0) } ?? false)
        {
            say("JOULEBOOK_PUE must be within 1 and 3, not \(quoted(word)); it does not count")
        }
    }

    /// Warns; only the first rank speaks, as its siblings would repeat it.
    mutating func say(_ text: String) {
        if (rank?.number ?? 0) == 0, !isQuiet { Notice.print(text) }
        warnings.append(text)
    }

    /// Collects what is recorded about the run.
    mutating func describe(
        _ config: JSONObject,
        _ stage: Stage?,
        _ options: RunOptions,
        _ environment: ProcessEnvironment,
        _ machine: MachineFacts
    ) {
        let facts = RunFacts(options, environment: environment, machine: machine)
        record.stage = stage
        record.sweep = options.sweep
        record.tags = options.tags.map(Redaction.redact(text:))
        record.config = Redaction.redact(config)
        record.seed = [options.seed, config["seed"]].compactMap(\.self).first(where: \.isScalar)
        if options.dataName != nil || options.dataFingerprint != nil {
            var data = DataIdentity(
                name: options.dataName.map(Redaction.redact(text:)),
                fingerprint: options.dataFingerprint
            )
            data.extra["sampled"] = options.dataSampled.map(JSON.object)
            record.data = data
        }
        record.env = facts.environment
        record.hardware = facts.hardware
        record.process = facts.process
        record.user = facts.user
        record.account = facts.account
        record.extra["argv"] = facts.arguments.map { .array($0.map(JSON.string)) }
    }

    /// Takes the place of the run that the job had begun when it was put back into the queue.
    mutating func goOn(in place: LedgerPlace, _ environment: ProcessEnvironment) {
        guard let job = RestartedJob(environment),
            let begun = job.interrupted(like: record, in: place.folder)
        else { return }
        id = begun
        record.id = begun
    }

    /// Takes what is found out about the code: now, where it is asked for repetitions, and later where
    /// nobody waits for it.
    mutating func note(
        _ code: CodeCapture?,
        _ options: RunOptions,
        _ place: LedgerPlace
    ) {
        artifacts.ledgerDirectory = place.root
        // Its siblings would repeat what the first rank collects.
        if (rank?.number ?? 0) == 0 {
            artifacts.keepsDiff = options.captures.isSuperset(of: [.code, .diff])
            if options.captures.contains(.packages) {
                artifacts.packageFolders = options.packageFolders
            }
            takesClosure = options.captures.isSuperset(of: [.code, .closure])
        }
        guard options.onDuplicate != .ignore else {
            artifacts.lateCode = code
            return
        }
        guard let found = code?.finish() else { return }
        artifacts.code = found
        record.code = found.code
        record.extra["absent"] = found.absent(with: JSONObject())
    }

    /// Claims the run, and asks the project's ledgers whether it was done before.
    ///
    /// Only the first rank speaks: its siblings would repeat it.
    mutating func lookForDuplicates(
        _ options: RunOptions,
        in place: LedgerPlace
    ) throws(RunError) {
        guard options.onDuplicate != .ignore else { return }
        var asked = record
        if let closure = options.closureAtStart, options.captures.isSuperset(of: [.code, .closure])
        {
            // A run that imported nothing later has the same as its whole.
            asked.code = asked.code ?? CodeIdentity()
            asked.code?.extra["closure"] = ["sha256": .string(closure)]
        }
        let check = PreflightCheck(of: asked, in: place)
        let (report, claim) = (check.report, check.claim)
        self.report = report
        self.claim = claim
        complain(check.complaints)
        if (rank?.number ?? 0) == 0 {
            let isAlone = (record.worldSize ?? 1) <= 1
            let policy = ReplayPolicy(options, isAlone: isAlone, named: report.named)
            self.replays = ReplayWatch(check.replays, policy)
        }
        let isIntended = options.tags.contains("verify")
        let isHeard = (rank?.number ?? 0) == 0 && !isQuiet && options.mayGoOn == nil
        if report.hasHint, !isIntended, isHeard { Notice.print(report.explanation) }
        guard let duplicate = report.duplicate, report.verdict != .new, !isIntended else { return }
        let isStopped = options.onDuplicate == .raise
        let isEnough = report.isProven || options.duplicateProof == .statistical
        guard options.mayGoOn?(.known(report)) ?? !(isStopped && isEnough) else {
            claim?.release()
            throw .duplicateRun(
                of: duplicate,
                explanation: report.explanation,
                answer: report.json
            )
        }
        // Who was asked was told.
        guard isHeard else { return }
        let unproven = " The run goes on, since that is likely and not proven (proof: config)."
        Notice.print(report.explanation + (isStopped ? unproven : ""))
    }

    /// Says what is wrong in the ledger directory: once in a process, and not more than a few lines.
    private mutating func complain(_ complaints: [String]) {
        let linesMax = 3
        for line in complaints.prefix(linesMax) {
            if Notice.isNew(line) { say(line) } else { warnings.append(line) }
        }
        let more = complaints.count - linesMax
        guard more > 0, let last = complaints.last, Notice.isNew(last) else { return }
        say("\(more) more of such lines; joulebook audit prints them all")
    }

    /// Opens ledger and meters; when that fails the run keeps nothing and says so once.
    mutating func open(
        _ options: RunOptions,
        in place: LedgerPlace,
        _ inventory: MeterInventory
    ) -> Run {
        if !inventory.absent.isEmpty {
            record.extra["absent_meters"] = .array(inventory.absent.map(\.json))
        }
        // What was found out until now took its time and is no part of the run.
        started = .now()
        record.started = started.wall
        let writer: LedgerWriter
        do {
            writer = try create(in: place, durability: options.durability ?? .ring)
        } catch {
            let text = "this run is not recorded: \(error)"
            Notice.print(text)
            warnings.append(text)
            claim?.release()
            return silent()
        }
        if let reason = writer.ringAbsence {
            let consequence = Self.withoutRing(options.durability ?? .ring)
            say("no ring file can be kept beside the ledger (\(reason)): \(consequence)")
        }
        let recorder = Recorder(
            writer: writer,
            inventory: inventory,
            intervalSeconds: options.intervalSeconds,
            startCPUNS: ThreadClock.nowNS() &- startedCPU,
            tags: record.tags,
            code: record.code?.json.object ?? JSONObject(),
            takesClosure: takesClosure,
            claim: claim
        )
        let run = make(recorder)
        OpenRuns.add(run)
        artifacts.collect(for: recorder)
        sweepClaims(in: place, recorder.background)
        return run
    }

    /// Takes what dead processes claimed away while the run goes on, some files each time.
    private func sweepClaims(in place: LedgerPlace, _ background: BackgroundWork) {
        guard claim != nil else { return }
        let folder = ClaimFolder(ledgerDirectory: place.root)
        _ = background.add { [record] in
            folder.sweep(as: record)
            return nil
        }
    }

    /// What it means that the newest rows are kept in memory alone.
    private static func withoutRing(_ durability: Durability) -> String {
        switch durability {
        case .none, .ring: "kill -9 loses the rows since the last second or epoch"
        case .epoch: "kill -9 loses the rows since the last second or epoch, but no ended epoch"
        case .every: "each call that logs a row waits for a block of its own"
        }
    }

    /// A run that accepts everything and keeps nothing.
    func silent() -> Run { make(nil) }

    private func make(_ recorder: Recorder?) -> Run {
        Run(
            id: id,
            project: project,
            rank: rank?.number,
            preflight: report,
            replays: recorder == nil ? nil : replays,
            environment: record.env,
            started: started,
            recorder: recorder,
            isQuiet: isQuiet,
            warnings: warnings
        )
    }

    /// Never overwrites: a name that is taken gets a number.
    private func create(in place: LedgerPlace, durability: Durability) throws -> LedgerWriter {
        try place.prepare()
        var attempt = 1
        while true {
            let path = place.path(
                of: id,
                started: started.wall,
                rank: rank?.number,
                attempt: attempt
            )
            do throws(LedgerError) {
                return try LedgerWriter.create(at: path, run: record, durability: durability)
            } catch {
                guard case .system(_, _, EEXIST) = error, attempt < 1000 else { throw error }
                attempt += 1
            }
        }
    }
}

extension JSON {
    /// Whether this can be a seed: a number, a text, true or false.
    var isScalar: Bool {
        switch self {
        case .null, .array, .object: false
        default: true
        }
    }
}
