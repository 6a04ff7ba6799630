import CSQLite
import Glibc

/// A database of another program, which is read and never written.
@safe struct SQLiteReader: ~Copyable {
    private let path: String
    // SAFETY: it lives as long as the value, which closes it, and one thread uses it.
    private let handle: OpaquePointer
    // SAFETY: it lives until the database is closed, which alone uses it.
    private let thousandsLeft: UnsafeMutablePointer<Int64>
    private let sizeBytes: Int64
    /// What it was when it was opened, where it is taken not to change.
    private let rest: Rest?

    private static let valueSizeMax: Int32 = 1 << 16

    init(opening path: String) throws(ExchangeError) {
        self.path = path
        guard joule_sqlite_load() else {
            let reason = "SQLite is not installed here (libsqlite3.so.0, on Debian libsqlite3-0)"
            throw .unreadable(path: path, reason: reason)
        }
        // A person may name a link; what it leads to is opened without following any other.
        let real = HistoryFolder.real(path) ?? path
        var opened: OpaquePointer?
        let rest = Rest(real)
        let code = unsafe joule_sqlite_open_to_read(Self.uri(real, isAtRest: rest != nil), &opened)
        guard code == 0, let opened = unsafe opened else {
            if let opened = unsafe opened { unsafe joule_sqlite_close(opened) }
            throw .unreadable(path: path, reason: "SQLite cannot open it (error \(code))")
        }
        unsafe handle = opened
        self.rest = rest
        // A small file whose pages lead to each other in circles could be read for ever.
        sizeBytes = Self.size(real) + Self.size("\(real)-wal")
        unsafe thousandsLeft = UnsafeMutablePointer.allocate(capacity: 1)
        unsafe thousandsLeft.initialize(to: 1000 + sizeBytes / 50)
        unsafe joule_sqlite_bound(handle, Self.valueSizeMax, thousandsLeft)
        unsafe joule_sqlite_busy_timeout(handle, 10_000)
        // What a database defines itself, such as functions in its schema, is not run.
        _ = unsafe joule_sqlite_exec(handle, "PRAGMA trusted_schema = OFF")
        _ = unsafe joule_sqlite_exec(handle, "PRAGMA cell_size_check = ON")
        // All queries see the database of one moment.
        _ = unsafe joule_sqlite_exec(handle, "BEGIN")
    }

    deinit {
        unsafe joule_sqlite_close(handle)
        unsafe thousandsLeft.deallocate()
    }

    private static func size(_ path: String) -> Int64 {
        var facts = stat()
        return unsafe stat(path, &facts) == 0 ? Int64(facts.st_size) : 0
    }

    private static func uri(_ path: String, isAtRest: Bool) -> String {
        var uri = "file:"
        for character in path.unicodeScalars {
            switch character {
            case "%": uri += "%25"
            case "?": uri += "%3f"
            case "#": uri += "%23"
            default: uri.unicodeScalars.append(character)
            }
        }
        return isAtRest ? uri + "?immutable=1" : uri
    }

    /// Throws where the file changed while it was taken not to.
    func requireRest() throws(ExchangeError) {
        guard let rest, !rest.holds else { return }
        throw failure(Int32(JOULE_SQLITE_BUSY))
    }

    /// A database in WAL mode that nobody has open: to read it as one that may change, SQLite would
    /// make the two files of that mode beside it, and leave them there.
    private struct Rest {
        private let path: String
        private let facts: stat

        init?(_ path: String) {
            self.path = path
            guard var file = try? HistoryFile(opening: path), let head = try? file.next(20),
                head.suffix(2).elementsEqual([2, 2]), !Self.isOpen(path)
            else { return nil }
            var facts = stat()
            guard unsafe stat(path, &facts) == 0 else { return nil }
            self.facts = facts
        }

        var holds: Bool {
            var now = stat()
            return unsafe stat(path, &now) == 0 && now.st_size == facts.st_size
                && now.st_mtim.tv_sec == facts.st_mtim.tv_sec
                && now.st_mtim.tv_nsec == facts.st_mtim.tv_nsec && !Self.isOpen(path)
        }

        private static func isOpen(_ path: String) -> Bool {
            unsafe access("\(path)-wal", F_OK) == 0 || access("\(path)-shm", F_OK) == 0
        }
    }

    /// Throws unless all of `names` are plain tables: a view could say and cost anything.
    func requireTables(_ names: [String]) throws(ExchangeError) {
        var found: Set<String> = []
        let query =
            "SELECT name FROM sqlite_master WHERE type = 'table' AND sql LIKE 'CREATE TABLE%'"
        try rows(query) { (row) throws(ExchangeError) in found.insert(row.text(0) ?? "") }
        for name in names where !found.contains(name) {
            throw .unreadable(path: path, reason: "no database of MLflow: it has no table \(name)")
        }
        for name in names {
            try rows("SELECT name FROM pragma_table_xinfo('\(name)') WHERE hidden <> 0") {
                (row) throws(ExchangeError) in
                let reason = "column \(row.text(0) ?? "") of its table \(name) is computed"
                throw .unreadable(path: path, reason: reason)
            }
        }
    }

    /// Throws where the texts in columns of a table are longer than a file of this size can hold.
    func requireTexts(_ columns: [String], of table: String) throws(ExchangeError) {
        let sums = columns.map { "coalesce(sum(length(\($0))), 0)" }.joined(separator: " + ")
        // A number of a few bytes is a longer text.
        let most = sizeBytes.multipliedReportingOverflow(by: 8)
        try rows("SELECT \(sums) FROM \(table)") { (row) throws(ExchangeError) in
            guard !most.overflow, row.integer(0) ?? .max <= most.partialValue else {
                throw failure(Int32(JOULE_SQLITE_CORRUPT))
            }
        }
    }

    func rows(_ query: String, _ body: (Row) throws(ExchangeError) -> Void) throws(ExchangeError) {
        var made: OpaquePointer?
        let code = unsafe joule_statement_prepare(handle, query, &made)
        guard code == 0, let statement = unsafe made else { throw failure(code) }
        defer { unsafe joule_statement_finalize(statement) }
        while true {
            let code = unsafe joule_statement_step(statement)
            if code == Int32(JOULE_SQLITE_DONE) { return }
            guard code == Int32(JOULE_SQLITE_ROW) else { throw failure(code) }
            try unsafe body(Row(statement: statement))
        }
    }

    private func failure(_ code: Int32) -> ExchangeError {
        let reason =
            switch code & 0xFF {
            case Int32(JOULE_SQLITE_BUSY): "it is in use; try again when MLflow has ended"
            case 9: "the database is damaged: it has more rows than its size has room for"
            case 11: "the database is damaged"
            case 18: "a value in it is longer than \(Self.valueSizeMax) bytes"
            case 26: "no database of SQLite"
            default: "SQLite cannot read it (error \(code)); is it a database of MLflow?"
            }
        return .unreadable(path: path, reason: reason)
    }

    /// A row, good until the next one.
    @safe struct Row {
        fileprivate let statement: OpaquePointer

        /// Nil for anything but an integer.
        func integer(_ column: Int32) -> Int64? {
            unsafe joule_statement_is_integer(statement, column)
                ? joule_statement_integer(statement, column) : nil
        }

        /// Nil for anything but a number.
        func double(_ column: Int32) -> Double? {
            unsafe joule_statement_is_number(statement, column)
                ? joule_statement_double(statement, column) : nil
        }

        /// UTF-8, of anything that is not null.
        func text(_ column: Int32) -> String? {
            guard unsafe !joule_statement_is_null(statement, column) else { return nil }
            var size: Int32 = 0
            let start = unsafe joule_statement_bytes(statement, column, &size)
            // SAFETY: SQLite keeps so many bytes there until the next step.
            let bytes = unsafe UnsafeBufferPointer(start: start, count: Int(size))
            return unsafe String(decoding: bytes, as: UTF8.self)
        }
    }
}
