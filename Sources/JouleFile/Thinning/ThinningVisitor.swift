import JouleFormat
import JouleQuantities

/// Hands a ledger on with fewer readings of its meters.
struct ThinningVisitor: LedgerVisitor {
    let sink: KeptContent
    /// By run, what becomes of each of the meters that its record describes.
    private(set) var meters: [Int64: [ThinnedReadings]]
    /// By run, rows of telemetry that there were.
    private(set) var readings: [Int64: Int] = [:]
    private(set) var seals = 0
    /// Of a block of which nobody here knows what it means, and whether it holds for the new ledger.
    private(set) var unknownType: UInt8?
    private var waiting = WaitingReadings()

    /// `meters` are those of each run, by their number.
    init(sink: KeptContent, meters: [Int64: [ThinnedReadings]]) {
        self.sink = sink
        self.meters = meters
    }

    mutating func visit(meta document: MetaDocument) { sink.take(document) }

    mutating func visit(attached part: AttachPayload) { sink.take(part) }

    mutating func visit(block: LedgerBlock) {
        switch block.header.type {
        case BlockType.checkpoint: seals += 1
        case BlockType.schema...BlockType.member: break
        case BlockType.firstPrivate...: sink.take(privateBlock: block)
        default: unknownType = block.header.type
        }
    }

    mutating func visit(rows: DataPayload, schema: TableSchema) {
        guard schema.id == TableID.telemetry else { return sink.take(rows, schema) }
        for word in rows.columns[0]?.words ?? [] {
            readings[Int64(bitPattern: word), default: 0] += 1
        }
        guard let columns = ReadingColumns(rows), isDescribed(columns) else {
            // Nobody knows what such rows tell.
            finish()
            return sink.take(rows, schema)
        }
        for row in 0..<rows.rows {
            let (run, meter) = (columns.run(row), columns.meter(row))
            guard let stays = meters[run]?[meter].take(columns.reading(row)) else { continue }
            waiting.append(stays, of: .init(run: run, meter: meter))
        }
        if waiting.isEnough { hand() }
    }

    /// Hands on what still waits for a next reading.
    mutating func finish() {
        for run in meters.keys.sorted() {
            for meter in meters[run, default: []].indices {
                guard let last = meters[run]?[meter].finish() else { continue }
                waiting.append(last, of: .init(run: run, meter: meter))
            }
        }
        hand()
    }

    private mutating func hand() {
        let rows = waiting.taken()
        if rows.rows > 0 { sink.take(rows, .undefined(TableID.telemetry)) }
    }

    private func isDescribed(_ columns: ReadingColumns) -> Bool {
        columns.meters.allSatisfy { meters[$0.run]?.indices.contains($0.meter) ?? false }
    }
}

/// Who told a reading.
private struct ReadMeter: Hashable {
    let run: Int64
    let meter: Int
}

/// Rows of telemetry that have every column but the power, and no other.
private struct ReadingColumns {
    private let runs: [UInt64]
    private let numbers: [UInt64]
    private let times: [UInt64]
    private let energies: [UInt64]
    private let powers: ColumnValues?

    init?(_ rows: DataPayload) {
        guard rows.columns.keys.allSatisfy({ $0 <= 4 }) else { return nil }
        let needed = (0..<4).compactMap { rows.columns[$0] }.filter { $0.present == nil }
        guard needed.count == 4 else { return nil }
        (runs, numbers) = (needed[0].words, needed[1].words)
        (times, energies) = (needed[2].words, needed[3].words)
        powers = rows.columns[4]
    }

    /// Each once; -1 is no meter.
    var meters: Set<ReadMeter> {
        Set(runs.indices.map { ReadMeter(run: run($0), meter: meter($0)) })
    }

    func run(_ row: Int) -> Int64 { Int64(bitPattern: runs[row]) }

    func meter(_ row: Int) -> Int { Int(exactly: Int64(bitPattern: numbers[row])) ?? -1 }

    func reading(_ row: Int) -> MeterReading {
        let hasPower = powers.map { $0.present?[row] ?? true } ?? false
        return MeterReading(
            timeNS: Int64(bitPattern: times[row]),
            joules: Double(bitPattern: energies[row]),
            watts: hasPower ? powers.map { Double(bitPattern: $0.words[row]) } : nil
        )
    }
}

/// Readings on their way into a block, those of a meter together.
private struct WaitingReadings {
    private var order: [ReadMeter] = []
    private var readings: [ReadMeter: [MeterReading]] = [:]
    private var count = 0

    private static let enough = 8192

    var isEnough: Bool { count >= Self.enough }

    mutating func append(_ reading: MeterReading, of meter: ReadMeter) {
        if readings[meter] == nil { order.append(meter) }
        readings[meter, default: []].append(reading)
        count += 1
    }

    /// All of them, which do not wait any more.
    mutating func taken() -> DataPayload {
        var columns = [ColumnValues](repeating: ColumnValues(), count: 5)
        for meter in order {
            for reading in readings[meter] ?? [] {
                columns[0].words.append(UInt64(bitPattern: meter.run))
                columns[1].words.append(UInt64(meter.meter))
                columns[2].words.append(UInt64(bitPattern: reading.timeNS))
                columns[3].words.append(reading.joules.bitPattern)
                columns[4].words.append(reading.watts?.bitPattern ?? 0)
            }
        }
        let powers = RowMask(order.flatMap { readings[$0] ?? [] }.map { $0.watts != nil })
        if !powers.isFull { columns[4].present = powers }
        var named = Dictionary(uniqueKeysWithValues: zip(UInt16(0)..., columns))
        if powers.valueCount == 0 { named[4] = nil }
        defer { self = WaitingReadings() }
        return DataPayload(covered: 0, firstRow: 0, rows: count, columns: named)
    }
}
