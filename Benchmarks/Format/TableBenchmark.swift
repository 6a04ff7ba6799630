import Glibc
import JouleFormat

/// Size and speed of one table, in blocks as its writer makes them, on one core.
struct TableBenchmark {
    private let table: RawTable
    private let payloads: [DataPayload]

    private static let rounds = 15
    private static let salt: UInt32 = 1

    init(_ table: RawTable) {
        self.table = table
        payloads = table.blocks()
    }

    /// Name, stored bytes, values, median seconds to write and to read.
    func measured() throws -> String {
        let stored = encoded()
        try verify(stored)
        let writing = Self.median { _ = encoded() }
        let reading = try Self.median { _ = try decoded(stored) }
        let bytes = stored.reduce(0) { $0 + $1.count }
        let values = table.rows * table.columns.count
        return "table \(table.name) \(bytes) \(values) \(writing) \(reading)"
    }

    /// Bytes of each column, summed over the blocks.
    private func encoded() -> [[UInt8]] {
        var encoder = BlockEncoder(salt: Self.salt)
        return payloads.map { payload in
            let grouped = payload.grouped(by: table.schema)
            return encoder.block(PayloadEncoder.encode(grouped, schema: table.schema))
        }
    }

    private func decoded(_ stored: [[UInt8]]) throws -> [DataPayload] {
        try stored.map { block in
            let header = try BlockDecoder.blockHeader(block[...], salt: Self.salt)
            let payload = try BlockDecoder.payload(block[...], header: header)
            return try PayloadDecoder.data(payload, header: header, schema: table.schema)
        }
    }

    private func verify(_ stored: [[UInt8]]) throws {
        let expected = payloads.map { $0.grouped(by: table.schema) }
        guard try decoded(stored) == expected else { throw BenchmarkError.differs(table.name) }
    }

    private static func median(_ body: () throws -> Void) rethrows -> Double {
        var seconds: [Double] = []
        for _ in 0..<rounds {
            let start = now()
            try body()
            seconds.append(now() - start)
        }
        return seconds.sorted()[rounds / 2]
    }

    /// Processor time: other programs on the machine do not count.
    private static func now() -> Double {
        var time = timespec()
        unsafe clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
