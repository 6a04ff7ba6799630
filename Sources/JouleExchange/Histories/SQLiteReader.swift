import CSQLite
import Glibc

/// A database of another program, which is read and never written.
@safe struct SQLiteReader: ~Copyable {
    private let path: String
    // SAFETY: it lives as long as the value, which closes it, and one thread uses it.
    private let handle: OpaquePointer

    init(opening path: String) throws(ExchangeError) {
        self.path = path
        guard joule_sqlite_load() else {
            let reason = "SQLite is not installed here (libsqlite3.so.0, on Debian libsqlite3-0)"
            throw .unreadable(path: path, reason: reason)
        }
        // A person may name a link; what it leads to is opened without following any other.
        let real = HistoryFolder.real(path) ?? path
        var opened: OpaquePointer?
        let code = unsafe joule_sqlite_open_to_read(real, &opened)
        guard code == 0, let opened = unsafe opened else {
            if let opened = unsafe opened { unsafe joule_sqlite_close(opened) }
            throw .unreadable(path: path, reason: "SQLite cannot open it (error \(code))")
        }
        unsafe handle = opened
        unsafe joule_sqlite_busy_timeout(handle, 10_000)
        // What a database defines itself, such as functions in its schema, is not run.
        _ = unsafe joule_sqlite_exec(handle, "PRAGMA trusted_schema = OFF")
        _ = unsafe joule_sqlite_exec(handle, "PRAGMA cell_size_check = ON")
    }

    deinit { unsafe joule_sqlite_close(handle) }

    /// Throws unless all of `names` are plain tables: a view could say and cost anything.
    func requireTables(_ names: [String]) throws(ExchangeError) {
        var found: Set<String> = []
        let query =
            "SELECT name FROM sqlite_master WHERE type = 'table' AND sql LIKE 'CREATE TABLE%'"
        try rows(query) { (row) throws(ExchangeError) in found.insert(row.text(0) ?? "") }
        for name in names where !found.contains(name) {
            throw .unreadable(path: path, reason: "no database of MLflow: it has no table \(name)")
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
            case 5: "it is in use; try again when MLflow has ended"
            case 11: "the database is damaged"
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
