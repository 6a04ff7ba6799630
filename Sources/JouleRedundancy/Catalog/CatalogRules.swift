import JouleFile

/// Which of the rules that a catalog was made with match a key of a run that it has ever read.
struct CatalogRules {
    private let database: Database
    private var use: RuleUse
    private let known: Set<Int>

    init(_ database: Database, _ rules: KeyRules) throws(CatalogFailure) {
        self.database = database
        known = try Self.used(database)
        use = RuleUse(rules)
        use.take(used: known)
    }

    mutating func take(_ run: RunRecord) { use.take(run) }

    func write() throws(CatalogFailure) {
        for rule in use.used.subtracting(known) {
            try database.run("INSERT OR IGNORE INTO used VALUES (?)", [.integer(Int64(rule))])
        }
    }

    /// Their numbers.
    static func used(_ database: Database) throws(CatalogFailure) -> Set<Int> {
        var found: Set<Int> = []
        try database.run("SELECT rule FROM used") { row in
            if let rule = row.integer(0) { found.insert(Int(rule)) }
        }
        return found
    }
}
