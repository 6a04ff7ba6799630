import JouleQuantities

/// What the worker was asked for.
struct WorkerOptions {
    let ledger: String
    /// The shared file of acknowledgements.
    let counters: String
    var durability = Durability.ring
    /// Steps to log before the run is finished; nil: until somebody kills the worker.
    var rows: Int64?
    var isHasty = false
    /// Whether artifacts are attached among the rows.
    var attaches = false

    /// Nil when the command line means nothing.
    init?(_ arguments: some Sequence<String>) {
        var words = Array(arguments)[...]
        guard let ledger = words.popFirst(), let counters = words.popFirst() else { return nil }
        self.ledger = ledger
        self.counters = counters
        while let word = words.popFirst() {
            switch word {
            case "--hasty": isHasty = true
            case "--attach": attaches = true
            case "--durability":
                guard let policy = words.popFirst().flatMap(Durability.init(rawValue:)) else {
                    return nil
                }
                durability = policy
            case "--rows":
                guard let count = words.popFirst().flatMap({ Int64($0) }) else { return nil }
                rows = count
            default: return nil
            }
        }
    }
}
