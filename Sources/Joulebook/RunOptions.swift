public import JouleQuantities

/// What to do about a run whose recipe was already run or is running now, and about one whose epochs
/// turn out to be those of an earlier run.
public enum DuplicatePolicy: String, Sendable, Hashable, CaseIterable {
    /// Says so on standard error and goes on.
    case warn
    /// Throws `RunError.duplicateRun` before a ledger is made, where the repetition is proven
    /// (`DuplicateProof`); a run that turns out to be a replay is told, and `Run.shouldStop` becomes true.
    case raise
    /// Does not look.
    case ignore
}

/// What it takes that `DuplicatePolicy.raise` stops a run before it starts.
public enum DuplicateProof: String, Sendable, Hashable, CaseIterable {
    /// Configuration, code, data and seed are known and equal; what is likely is told.
    case config
    /// What one side does not state passes for equal, and so does a key that is taken to change nothing.
    case statistical
}

/// What a run records without being asked; each part can be switched off.
public struct Captures: OptionSet, Sendable, Hashable {
    /// The bits of the set.
    public let rawValue: UInt32

    /// A set from its bits.
    public init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    /// Entry point, git commit, whether the tree is dirty, and the identity of the tree.
    public static let code = Captures(rawValue: 1 << 0)
    /// The command line, secrets redacted.
    public static let arguments = Captures(rawValue: 1 << 1)
    /// The name of the user.
    public static let user = Captures(rawValue: 1 << 2)
    /// Environment variables of an allow-list, secrets redacted.
    public static let environment = Captures(rawValue: 1 << 3)
    /// Processors, memory, accelerators, kernel, and the name of the host.
    public static let hardware = Captures(rawValue: 1 << 4)
    /// Readings of the energy meters.
    public static let energy = Captures(rawValue: 1 << 5)
    /// What `git diff HEAD` says of a dirty tree, at most 1 MiB, secrets redacted; needs `code`.
    public static let diff = Captures(rawValue: 1 << 6)
    /// Names and versions of the installed packages of the language.
    public static let packages = Captures(rawValue: 1 << 7)
    /// Identity of the files of the program that its language imported; needs `code`.
    public static let closure = Captures(rawValue: 1 << 8)
    /// Everything.
    public static let all = Captures(rawValue: (1 << 9) - 1)

    /// The names that `JOULEBOOK_CAPTURE` takes with a minus: `-user,-diff`.
    package static let named: [(name: String, capture: Captures)] = [
        ("code", .code), ("arguments", .arguments), ("user", .user),
        ("environment", .environment), ("hardware", .hardware), ("energy", .energy),
        ("diff", .diff), ("packages", .packages), ("closure", .closure),
    ]
}

extension Captures {
    /// Switches off what `JOULEBOOK_CAPTURE` names with a minus, or everything: `-user,-code`, `none`.
    ///
    /// Whoever wrote a word that means nothing wants something not to be recorded, and nobody knows
    /// what: nothing but energy is then. The answer says so; nil when all is understood.
    mutating func apply(_ text: String) -> String? {
        var wrong: Substring?
        for word in text.split(whereSeparator: { $0 == "," || $0 == " " }) {
            if word == "none" {
                self = []
            } else if let known = Self.named.first(where: { word == "-\($0.name)" }) {
                remove(known.capture)
            } else {
                wrong = wrong ?? word
            }
        }
        guard let wrong else { return nil }
        formIntersection(.energy)
        let known = Self.named.map { "-\($0.name)" }.joined(separator: ", ")
        return "JOULEBOOK_CAPTURE takes none, or some of \(known), not \(quoted(wrong)); "
            + "of what a run records by itself only energy is kept"
    }
}

/// Everything about a run besides its project, configuration and stage; all of it optional.
public struct RunOptions: Sendable {
    /// Where ledgers go; nil: `JOULEBOOK_DIR`, else `./joulebook`.
    public var directory: String?
    /// The run's id; nil: that of the run which a job of Slurm did not finish before it was put back into
    /// the queue, else what the ranks of the job share, else random.
    public var runID: RunID?
    /// What ranks hash in place of the project to agree on an id; nil: the project.
    package var idScope: String?
    /// The seed, in the spelling in which it was given; nil: `config["seed"]`.
    public var seed: JSON?
    /// What the data is called.
    public var dataName: String?
    /// A hash of the data's content, prefixed with its algorithm: `sha256:…`.
    public var dataFingerprint: String?
    /// How much of the data the fingerprint is made of, where it is not all of it.
    public var dataSampled: JSONObject?
    /// Groups the runs of one search.
    public var sweep: String?
    /// Words to find the run by; `verify` marks an intended repetition.
    public var tags: [String] = []
    /// The program as the caller knows it; nil: the first argument.
    public var entry: String?
    /// The command line; nil: that of the process.
    public var arguments: [String]?
    /// Facts to record beside the environment, such as the versions of language and framework.
    public var environment = JSONObject()
    /// Where the language's packages are installed, in the order in which it looks there.
    ///
    /// What `Captures.packages` lists is read from the names in these folders, those of Python
    /// (`NAME-VERSION.dist-info`).
    public var packageFolders: [String] = []
    /// Identifies the code where a file tree does not, as in a notebook: `sha256:…`.
    public var codeIdentity: String?
    /// SHA-256 over the files of the program that the language has imported by now (`sha256:…`), which
    /// tells code that differs in form, or in files that are not imported, from other code.
    ///
    /// Used in looking for repetitions; `Schemas/redundancy-keys.md` § 11 says how it is made.
    public var closureAtStart: String?
    /// Where the electricity is drawn; nil: `JOULEBOOK_REGION`.
    ///
    /// A country (`FR`, `FRA`, `France`) or one of its parts (`US-CA`), a cloud region
    /// (`aws:eu-west-1`), or a place of your own factor file, written `name:place`.
    public var region: String?
    /// Power usage effectiveness of the building, within 1 and 3; nil: `JOULEBOOK_PUE`.
    public var pue: Double?
    /// Seconds between two readings of every meter, within 0.01 and 60.
    ///
    /// Edges of windows are read besides, so that this decides how fine the telemetry is, not how exact
    /// an epoch. A counter that could wrap sooner is read sooner, and so is the power of a sensor.
    public var intervalSeconds = 1.0
    /// Says nothing on standard error but that a run cannot be recorded; nil: `JOULEBOOK_QUIET`.
    ///
    /// What would have been said is in the run's `warnings` and `preflight`.
    public var isQuiet: Bool?
    /// What rows are safe from, and what calls wait for; nil: `JOULEBOOK_DURABILITY`, else `ring`.
    public var durability: Durability?
    /// What to do when the run was already done.
    public var onDuplicate = DuplicatePolicy.warn
    /// What it takes that `DuplicatePolicy.raise` does not start the run.
    public var duplicateProof = DuplicateProof.config
    /// Decides in the place of `onDuplicate`, unless that is `ignore`: false and a run that was done
    /// does not start, and `Run.shouldStop` becomes true for a replay.
    ///
    /// Called on the thread that starts the run, while nothing is written yet, and on that which ends
    /// the epoch that shows the replay; not for a run tagged `verify`.
    public var mayGoOn: (@Sendable (Repetition) -> Bool)?
    /// What to record without being asked.
    public var captures = Captures.all

    /// Everything as found.
    public init() {}
}

extension RunOptions {
    /// Throws what a person mistyped, before anything is looked up or written.
    func check(project: String?) throws(RunError) {
        if project?.isEmpty == true {
            throw .argumentInvalid(
                name: "project",
                reason: "is empty; leave it out to take the program's name"
            )
        }
        if let region, let reason = Region.refusal(of: region) {
            throw .argumentInvalid(name: "region", reason: reason)
        }
        if !(0.01...60).contains(intervalSeconds) {
            throw .argumentInvalid(
                name: "interval_s",
                reason: "must be within 0.01 and 60 seconds, not \(intervalSeconds)"
            )
        }
        if let pue, !(1...3).contains(pue) {
            throw .argumentInvalid(
                name: "pue",
                reason: "must be within 1 and 3, not \(pue); it is facility energy by IT energy"
            )
        }
    }
}

/// What somebody wrote that means nothing, as a message shows it.
func quoted(_ word: some StringProtocol) -> String {
    String(word.prefix(40)).debugDescription
}
