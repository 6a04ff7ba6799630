import JouleFile
import JouleQuantities
import JouleRedundancy

/// Compares the epochs of a run with those of earlier ones as they end.
///
/// An epoch costs a few look-ups and no allocation, however many earlier runs there are.
struct ReplayWatch: Sendable {
    let policy: ReplayPolicy
    private let table: ReplayTable
    private var chain = CurveChain()
    /// By metric; nil for one that tells no result.
    private var names: [MetricID: UInt64?] = [:]
    private var found: ReplayTable.Earlier?
    private var lastEqual = 0
    private(set) var replay: Replay?

    /// Nil when nothing is known that could be repeated.
    init?(_ table: ReplayTable, _ policy: ReplayPolicy) {
        guard !table.isEmpty else { return nil }
        self.table = table
        self.policy = policy
    }

    /// Takes an epoch that has ended; a replay where it is the first that shows one, or that differs.
    ///
    /// `left` is how many epochs are to come; nil where nobody said.
    mutating func end(
        epoch number: Int,
        _ cells: Span<MetricCell>,
        left: Int?,
        name: (MetricID) -> String?
    ) -> Replay? {
        guard replay?.until == nil else { return nil }
        var sum: UInt64 = 0
        for place in cells.indices {
            let cell = cells[place]
            guard let hash = hash(of: cell.id, name) else { continue }
            sum &+= CurveChain.term(hash, cell.value)
        }
        chain.end(sum)
        if let found {
            guard table.agrees(chain, with: found) == false else {
                lastEqual = number
                return nil
            }
            replay?.until = lastEqual
        } else {
            guard let run = table.find(chain) else { return nil }
            found = run
            lastEqual = number
            let goesOn = left.map { $0 > run.epochs - run.epochsEnough } ?? false
            replay = Replay(
                run,
                epoch: number,
                policy.action(on: run.run, goesOn: goesOn),
                goesOn: goesOn
            )
        }
        return replay
    }

    mutating func take(_ action: Replay.Action) { replay?.action = action }

    private mutating func hash(of metric: MetricID, _ name: (MetricID) -> String?) -> UInt64? {
        if let known = names[metric] { return known }
        let hash = name(metric).flatMap(CurveChain.hash(ofMetric:))
        names[metric] = .some(hash)
        return hash
    }
}

/// What a run does when it turns out to be a replay.
struct ReplayPolicy: Sendable {
    let onDuplicate: DuplicatePolicy
    let mayGoOn: (@Sendable (Repetition) -> Bool)?
    /// Other processes of the run would wait for ever for one that stops.
    let isAlone: Bool
    /// Runs that were named when this one started.
    let named: Set<RunID>

    init(_ options: RunOptions, isAlone: Bool, named: Set<RunID>) {
        onDuplicate = options.onDuplicate
        mayGoOn = options.mayGoOn
        self.isAlone = isAlone
        self.named = named
    }

    /// A run that goes on beyond what is known is worth something, and never stopped; that one repeats a
    /// run that was named already is no news.
    func action(on run: RunID, goesOn: Bool) -> Replay.Action {
        if mayGoOn != nil { return .call }
        if onDuplicate == .raise, isAlone, !goesOn { return .stop }
        return !goesOn && named.contains(run) ? .none : .warn
    }
}
