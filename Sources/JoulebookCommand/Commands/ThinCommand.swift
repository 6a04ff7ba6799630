import ArgumentParser
import JouleFile
import JouleQuantities
import Joulebook

struct ThinCommand: Subcommand {
    static let configuration = CommandConfiguration(
        commandName: "thin",
        abstract: "Keeps one reading of each meter a minute of runs that ended long ago.",
        usage: """
            joulebook thin <path> --older-than <age> [--interval <length>]
                           [--dry-run] [--json]
            """,
        discussion: """
            Of the readings of meters (telemetry) of each interval the last one stays, with the time \
            and energy that it had; its power becomes the mean since the one before it. Readings stay, \
            too, where a meter paused or restarted, and where another run of the directory began or \
            ended on the same meter. Everything else in a ledger is as it was, so that energies, \
            epochs, steps and whatever ls, show, check, audit and lifecycle make of them stay equal. \
            What gets coarser are charts of power and exported telemetry.

            The thinned ledger takes the place of the old one, whose readings are then gone. It \
            is on disk and was read back before, and each run in it names the old root, how many \
            readings there were, and hashes of those that went. Seals of the old ledger do \
            not carry over: below a directory sealed ledgers stay, and one that is named itself is \
            thinned. A job that is killed loses nothing, and the next one goes on. Ledgers that are \
            being written, damaged, or go on in further files, stay; so do those in packs: thin \
            first, then 'pack --in-place' with at least the same --older-than. Name the directory \
            rather than a ledger in it, so that the runs that shared its meters are known.

            Examples:
              joulebook thin joulebook --older-than 90d --dry-run
              joulebook thin joulebook --older-than 90d
              joulebook thin joulebook --older-than 2h --interval 15m
              joulebook thin run.joule --older-than 30d --json | jq .readings

            Exit status: 0, also where nothing was to be thinned; 64 wrong usage; 65 not a ledger, or \
            the one that was named is damaged or being written; 74 not readable or not writable, or \
            a disk was full or failed: what was not thinned stays as it is.
            """
    )

    @Argument(help: "A directory of ledgers, or one ledger.", completion: .file()) var path: String
    @Option(
        help: ArgumentHelp("Only runs that ended so long ago (90d, 12h, 0s).", valueName: "age"),
        transform: Age.init(argument:)
    )
    var olderThan: Age
    @Option(
        help: ArgumentHelp(
            "Of so long one reading stays (60s, 15m, 1h), in whole seconds up to 1d; else 60s.",
            valueName: "length"
        ),
        transform: Age.init(argument:)
    )
    var interval: Age = .minute
    @Flag(help: "Change nothing; tell what would become of it.") var dryRun = false
    @Flag(help: "Print JSON (Schemas/thin.schema.json).") var json = false

    func perform(on console: Console) throws(CommandFailure) -> Int32 {
        guard let seconds = interval.wholeSeconds, 1...86_400 ~= seconds else {
            throw .usage("--interval is not a whole number of seconds from 1s to 1d")
        }
        try Input.require(path, as: .fileOrDirectory)
        let job: ThinJob
        do throws(LedgerError) {
            job = try ThinJob(
                at: path,
                endedBefore: olderThan.before(.now()),
                intervalSeconds: seconds,
                isDry: dryRun
            ) { done, total in
                console.progress("thinning", done, of: total, unit: "ledgers")
            }
        } catch {
            throw CommandFailure(error)
        }
        for problem in job.problems {
            console.complain("\(problem.path): stays as it is: \(problem.message)")
        }
        let told = ThinnedLedgers(job: job, intervalSeconds: seconds, isDry: dryRun)
        if json {
            try console.print(told.json.bytes)
        } else {
            for line in told.lines(of: path) { try console.print(line.visible) }
        }
        guard !job.hasDiskProblem else {
            throw .inputOutput("\(path): a disk was full or failed; the next job goes on")
        }
        return 0
    }
}

/// What `thin` says of its work.
private struct ThinnedLedgers {
    let job: ThinJob
    let intervalSeconds: Int
    let isDry: Bool

    func lines(of path: String) -> [String] {
        let ledgers = job.thinned
        var text = "\(path): \(ledgers.count.counted("ledger"))\(isDry ? " would be" : "") thinned"
        if !ledgers.isEmpty {
            let (readings, sizeBytes) = (sum(\.readings), sum(\.sizeBytes))
            text += ": \(readings.before.counted("reading")) to \(readings.after)"
            text += ", \(sizeBytes.before.counted("byte")) to \(sizeBytes.after)"
        }
        let stays = ThinJob.Reason.allCases.compactMap { reason in
            job.stayed[reason].map { "  \($0.counted("ledger")) \(reason.told(of: $0))" }
        }
        let sealed = ledgers.filter(\.hadSeals).map { "  \($0.path): its seals do not carry over" }
        return [text] + stays + sealed
    }

    var json: JSON {
        var document = JSONObject()
        document["schema"] = "joulebook.thin/1"
        document["dry_run"] = .bool(isDry)
        document["interval_s"] = .integer(Int64(intervalSeconds))
        document["readings"] = Self.json(sum(\.readings))
        document["size_bytes"] = Self.json(sum(\.sizeBytes))
        document["ledgers"] = .array(
            job.thinned.map { ledger in
                [
                    "path": .string(ledger.path), "readings": Self.json(ledger.readings),
                    "size_bytes": Self.json(ledger.sizeBytes),
                    "old_root": .string(ledger.oldRoot), "was_sealed": .bool(ledger.hadSeals),
                ]
            }
        )
        var stayed = JSONObject()
        for reason in ThinJob.Reason.allCases {
            stayed[reason.rawValue] = .integer(Int64(job.stayed[reason] ?? 0))
        }
        document["stayed"] = .object(stayed)
        document["problems"] = .array(
            job.problems.map { ["path": .string($0.path), "message": .string($0.message)] }
        )
        return .object(document)
    }

    private func sum(_ pair: (LedgerThinning) -> (before: Int, after: Int))
        -> (before: Int, after: Int)
    {
        job.thinned.map(pair).reduce((0, 0)) { ($0.0 + $1.before, $0.1 + $1.after) }
    }

    private static func json(_ pair: (before: Int, after: Int)) -> JSON {
        ["before": .integer(Int64(pair.before)), "after": .integer(Int64(pair.after))]
    }
}

extension ThinJob.Reason {
    /// What is said behind so many ledgers.
    fileprivate func told(of count: Int) -> String {
        let stay = count == 1 ? "stays" : "stay"
        return switch self {
        case .young: "\(stay): not so old"
        case .live: "\(stay): still being written"
        case .sealed: "\(stay): sealed; thin them by name if seals may go"
        case .segments: "\(stay): going on in further files"
        case .packed: "\(stay): packed; thin before you pack"
        case .foreign: "\(stay): a link, or not yours to replace"
        }
    }
}
