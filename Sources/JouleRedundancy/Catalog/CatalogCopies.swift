import JouleFile

/// Closed ledgers that lie in several files, and were taken in from one of them.
///
/// Packing only moves ledgers: a pack is there before what was packed goes, and holds the same bytes.
/// So nothing is read again, and no run is touched.
struct CatalogCopies {
    private let database: Database

    init(_ database: Database) { self.database = database }

    /// Notes where the pack at `path` has ledgers that are known from another file; the names of the
    /// others, or nil where the whole file is to be read.
    func note(in path: String, file: Int64) throws(CatalogFailure) -> Set<String>? {
        guard let members = LedgerDirectory.members(ofPack: path) else { return nil }
        var others: Set<String> = []
        for member in members {
            guard let known = try ledger(member.content) else {
                others.insert(member.path)
                continue
            }
            try database.run(
                "INSERT INTO copies (ledger, file, member) VALUES (?, ?, ?)",
                [.integer(known), .integer(file), .text(member.path)]
            )
        }
        return others
    }

    private func ledger(_ content: LedgerContent?) throws(CatalogFailure) -> Int64? {
        guard let content else { return nil }
        return try database.integer(
            "SELECT id FROM ledgers WHERE content = ?",
            [.integer(content.number)]
        )
    }

    /// Has the ledgers of a file that is gone lie where else they are, those that were seen there first.
    func move(from file: Int64) throws(CatalogFailure) {
        try database.run("DELETE FROM copies WHERE file = ?", [.integer(file)])
        var moves: [(copy: Int64, ledger: Int64)] = []
        try database.run(
            """
            SELECT min(copies.id), copies.ledger FROM ledgers
            JOIN copies ON copies.ledger = ledgers.id
            WHERE ledgers.file = ? GROUP BY copies.ledger
            """,
            [.integer(file)]
        ) { row in
            moves.append((row.integer(0) ?? 0, row.integer(1) ?? 0))
        }
        for (copy, ledger) in moves {
            try database.run(
                """
                UPDATE ledgers SET (file, member) = (SELECT file, member FROM copies WHERE id = ?1)
                WHERE id = ?2
                """,
                [.integer(copy), .integer(ledger)]
            )
            try database.run("DELETE FROM copies WHERE id = ?", [.integer(copy)])
        }
    }
}
