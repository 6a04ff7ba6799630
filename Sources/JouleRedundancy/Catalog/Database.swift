import CSQLite

/// Why a catalog cannot be used; nobody outside is told, since ledgers can be read without one.
struct CatalogFailure: Error {
    /// Whether what the file holds is not what was written, or of no use any more: it must be made anew.
    let isDamage: Bool

    init(isDamage: Bool = false) { self.isDamage = isDamage }

    init(code: Int32) {
        let primary = code & 0xFF
        isDamage =
            primary == Int32(JOULE_SQLITE_CORRUPT)
            || primary == Int32(JOULE_SQLITE_NOT_A_DATABASE)
    }
}

/// One SQLite database, used by one thread at a time.
@safe final class Database {
    // SAFETY: both live as long as the object, which frees them, and are used by one thread at a time.
    private let handle: OpaquePointer
    private var known: [String: OpaquePointer] = unsafe [:]
    var names = Names()

    init(_ path: String, creates: Bool, waitMilliseconds: Int32) throws(CatalogFailure) {
        guard joule_sqlite_load() else { throw CatalogFailure() }
        var opened: OpaquePointer?
        let code = unsafe joule_sqlite_open(path, creates, &opened)
        guard let opened = unsafe opened else { throw CatalogFailure(code: code) }
        guard code == 0 else {
            unsafe joule_sqlite_close(opened)
            throw CatalogFailure(code: code)
        }
        unsafe handle = opened
        unsafe joule_sqlite_busy_timeout(handle, waitMilliseconds)
    }

    deinit {
        for unsafe(_, statement) in unsafe known { unsafe joule_statement_finalize(statement) }
        unsafe joule_sqlite_close(handle)
    }

    /// Statements without parameters and without rows that anybody wants.
    func execute(_ text: String) throws(CatalogFailure) {
        let code = unsafe joule_sqlite_exec(handle, text)
        guard code == 0 else { throw CatalogFailure(code: code) }
    }

    var lastRow: Int64 { unsafe joule_sqlite_last_insert_rowid(handle) }

    /// Runs one statement, which is prepared once, for each of its rows.
    func run(
        _ text: String,
        _ values: [Value] = [],
        _ body: (Row) throws(CatalogFailure) -> Void = { _ in }
    ) throws(CatalogFailure) {
        let statement = try unsafe prepared(text)
        defer { unsafe joule_statement_reset(statement) }
        for (place, value) in values.enumerated() {
            let code = unsafe value.bind(to: statement, at: Int32(place + 1))
            guard code == 0 else { throw CatalogFailure(code: code) }
        }
        while true {
            let code = unsafe joule_statement_step(statement)
            if code == Int32(JOULE_SQLITE_DONE) { return }
            guard code == Int32(JOULE_SQLITE_ROW) else {
                throw CatalogFailure(code: code)
            }
            unsafe try body(Row(statement: statement))
        }
    }

    /// The first column of the first row.
    func integer(_ text: String, _ values: [Value] = []) throws(CatalogFailure) -> Int64? {
        var found: Int64?
        try run(text, values) { row in found = found ?? row.integer(0) }
        return found
    }

    /// Has `body` happen as a whole or not at all.
    func transaction<Result>(
        _ body: () throws(CatalogFailure) -> Result
    ) throws(CatalogFailure) -> Result {
        try execute("BEGIN IMMEDIATE")
        do throws(CatalogFailure) {
            let result = try body()
            try execute("COMMIT")
            return result
        } catch {
            try? execute("ROLLBACK")
            names = Names()
            throw error
        }
    }

    private func prepared(_ text: String) throws(CatalogFailure) -> OpaquePointer {
        if let statement = unsafe known[text] { return unsafe statement }
        var made: OpaquePointer?
        let code = unsafe joule_statement_prepare(handle, text, &made)
        guard code == 0, let made = unsafe made else { throw CatalogFailure(code: code) }
        unsafe known[text] = made
        return unsafe made
    }
}

extension Database {
    /// A parameter of a statement.
    enum Value {
        case null
        case integer(Int64)
        case text(String)
        case bytes([UInt8])

        static func optional(_ value: Int64?) -> Value { value.map(Value.integer) ?? .null }
        static func optional(_ value: String?) -> Value { value.map(Value.text) ?? .null }

        fileprivate func bind(to statement: OpaquePointer, at place: Int32) -> Int32 {
            switch self {
            case .null: return unsafe joule_statement_bind_null(statement, place)
            case .integer(let value):
                return unsafe joule_statement_bind_integer(statement, place, value)
            case .text(let text):
                let size = Int32(clamping: text.utf8.count)
                return unsafe joule_statement_bind_text(statement, place, text, size)
            case .bytes(let bytes):
                // SAFETY: SQLite copies so many bytes before the call returns.
                return unsafe bytes.withUnsafeBytes { buffer in
                    unsafe joule_statement_bind_blob(
                        statement,
                        place,
                        buffer.baseAddress,
                        Int32(clamping: buffer.count)
                    )
                }
            }
        }
    }

    /// A row, good until the next one.
    @safe struct Row {
        fileprivate let statement: OpaquePointer

        func integer(_ column: Int32) -> Int64? {
            unsafe joule_statement_is_null(statement, column)
                ? nil : joule_statement_integer(statement, column)
        }

        func bytes(_ column: Int32) -> [UInt8] {
            var size: Int32 = 0
            let start = unsafe joule_statement_bytes(statement, column, &size)
            // SAFETY: SQLite keeps so many bytes there until the next step.
            return unsafe Array(UnsafeBufferPointer(start: start, count: Int(size)))
        }

        func text(_ column: Int32) -> String? {
            unsafe joule_statement_is_null(statement, column)
                ? nil : String(decoding: bytes(column), as: UTF8.self)
        }
    }
}
