import Glibc
import JouleFile
import JouleFormat

/// One thing done so many times, for a profiler that counts instructions (`Benchmarks/instructions`).
enum Repeated {
    private static let salt: UInt32 = 1
    /// Blocks of the ledger that is verified.
    private static let blocks = 32

    /// Prints for how many values or bytes one time stands.
    static func perform(_ what: String, times: Int, path: String) throws {
        switch what {
        case "encode", "decode": print(try code(times, isDecoding: what == "decode"))
        case "verify": print(try verify(times, path))
        default: throw Unknown()
        }
    }

    struct Unknown: Error {}

    /// A block of telemetry as a writer makes it, or back into columns.
    private static func code(_ times: Int, isDecoding: Bool) throws -> Int {
        guard let schema = TableSchema.standard.first(where: { $0.id == TableID.telemetry })
        else { throw Unknown() }
        var trace = Trace()
        let rows = DataPayload(
            covered: 0,
            firstRow: 0,
            rows: Trace.rows,
            columns: trace.telemetry()
        )
        func encoded() -> [UInt8] {
            var encoder = BlockEncoder(salt: salt)
            return encoder.block(PayloadEncoder.encode(rows.grouped(by: schema), schema: schema))
        }
        let block = encoded()
        for _ in 0..<times {
            guard isDecoding else {
                _ = encoded()
                continue
            }
            let header = try BlockDecoder.blockHeader(block[...], salt: salt)
            let payload = try BlockDecoder.payload(block[...], header: header)
            _ = try PayloadDecoder.data(payload, header: header, schema: schema)
        }
        return rows.rows * rows.columns.count
    }

    /// Checksums and hashes of every byte of a ledger.
    private static func verify(_ times: Int, _ path: String) throws -> UInt64 {
        unsafe unlink(path)
        defer { unsafe unlink(path) }
        var appender = try LedgerAppender(creating: path, header: FileHeader(createdNS: 1))
        var trace = Trace()
        for _ in 0..<blocks {
            let columns = trace.telemetry()
            try appender.append(columns: columns, rows: Trace.rows, table: TableID.telemetry)
        }
        try appender.close()
        for _ in 0..<times {
            let state = try Ledger(reading: path, readsRows: false).integrity.state
            guard state == .clean else { throw Unknown() }
        }
        return size(of: path)
    }
}
