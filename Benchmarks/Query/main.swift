// Measures what answers from a large ledger cost: `joule-query-bench [MEGABYTES | LEDGER]`.
//
// Writes a ledger of 10 Hz telemetry of eight meters with an epoch every minute, unless it is given
// one, and asks for its summary, for the epochs of one minute, for the telemetry of one minute and
// for one column, each five times over, from a file that the system has in memory. The table gives
// the fastest.
import FoundationEssentials
import Glibc
import JouleFile
import JouleFormat

let argument = CommandLine.arguments.dropFirst().first ?? "1024"
let megabytes = Int(argument)
let path = megabytes == nil ? argument : "query-bench-\(getpid()).joule"
defer { if megabytes != nil { unsafe unlink(path) } }

let start: Int64 = 1_700_000_000_000_000_000
let second: Int64 = 1_000_000_000

/// A block of rows of 64 readings of each of 8 meters, 6.4 s: noise on plateaus, from a small
/// generator.
struct Trace {
    private var state: UInt64 = 42
    private var joules = [Double](repeating: 0, count: 8)
    private(set) var time = start

    private mutating func random(_ range: UInt64) -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return (state >> 33) % range
    }

    mutating func block(rows: Int) -> [UInt16: ColumnValues] {
        var columns = [[UInt64]](repeating: [], count: 5)
        for row in 0..<rows {
            let meter = row % 8
            if meter == 0 { time += second / 10 }
            let jitter = Int64(random(200_000)) - 100_000
            let milliwatts = 200_000 + UInt64(time / (60 * second)) % 7 * 20_000 + random(4_000)
            joules[meter] += Double(milliwatts) / 10_000
            columns[0].append(0)
            columns[1].append(UInt64(meter))
            columns[2].append(UInt64(bitPattern: time + jitter))
            columns[3].append(((joules[meter] * 1000).rounded() / 1000).bitPattern)
            columns[4].append((Double(milliwatts) / 1000).bitPattern)
        }
        return Dictionary(
            uniqueKeysWithValues: columns.enumerated().map {
                (UInt16($0), ColumnValues(words: $1))
            }
        )
    }
}

func write(megabytes: Int) throws {
    var appender = try LedgerAppender(creating: path, header: FileHeader(createdNS: 1))
    try appender.append(meta: [Array(#"{"run":0,"set":{"run_id":"bench"}}"#.utf8)])
    var trace = Trace()
    var epochs = 0
    while size() < megabytes << 20 {
        for _ in 0..<64 {
            try appender.append(columns: trace.block(rows: 4096), rows: 4096, table: 5)
        }
        // The epochs of these 55 minutes.
        var columns = [[UInt64]](repeating: [], count: 6)
        while start + Int64(epochs) * 60 * second < trace.time {
            columns[0].append(0)
            columns[1].append(UInt64(epochs))
            columns[2].append(UInt64(epochs + 1))
            columns[3].append(UInt64(start + Int64(epochs) * 60 * second))
            columns[4].append((59.5).bitPattern)
            columns[5].append((12_345.678).bitPattern)
            epochs += 1
        }
        let values = columns.enumerated().map { (UInt16($0), ColumnValues(words: $1)) }
        try appender.append(
            columns: Dictionary(uniqueKeysWithValues: values),
            rows: columns[0].count,
            table: 1
        )
    }
    try appender.close()
}

func size() -> Int {
    var facts = stat()
    return unsafe stat(path, &facts) == 0 ? Int(facts.st_size) : 0
}

func nanoseconds() -> Int64 {
    var now = timespec()
    unsafe clock_gettime(CLOCK_MONOTONIC, &now)
    return Int64(now.tv_sec) * second + Int64(now.tv_nsec)
}

func measure(_ question: String, size: Int, _ body: () throws -> (rows: Int, bytes: Int)) throws {
    var best = Int64.max
    var answer = (rows: 0, bytes: 0)
    for _ in 0..<5 {
        let begin = nanoseconds()
        answer = try body()
        best = min(best, nanoseconds() - begin)
    }
    let share = (Double(answer.bytes) / Double(size) * 1e5).rounded() / 1e3
    let time = (Double(best) / 1e4).rounded() / 1e2
    print("| \(question) | \(answer.rows) | \(answer.bytes) | \(share) % | \(time) ms |")
}

func ask(
    _ table: LedgerTable,
    columns: [Int],
    from: Int64? = nil,
    until: Int64? = nil
) throws -> (rows: Int, bytes: Int) {
    let query = try LedgerQuery(opening: path)
    var filters: [RowFilter] = []
    if let time = query.timeColumn(of: table), let from, let until {
        filters.append(RowFilter(column: time, .greaterOrEqual, .integer(from)))
        filters.append(RowFilter(column: time, .less, .integer(until)))
    }
    var cursor = try query.rows(of: table, columns: columns, where: filters)
    var rows = 0
    while let part = try cursor.next() { rows += part.count }
    guard query.problems.isEmpty else { fatalError("\(query.problems)") }
    return (rows, query.cost.bytesRead)
}

if let megabytes { try write(megabytes: megabytes) }
let ledgerSize = size()
guard
    case .integer(let end)? = try LedgerTotals(reading: path)?.tables[.telemetry]?
        .columns[2].maximum
else { fatalError("\(path) has no telemetry") }
let middle = start + (end - start) / 2 / (60 * second) * (60 * second)
print("A ledger of \(ledgerSize) bytes, \((end - start) / (3600 * second)) hours:\n")
print("| question | rows | bytes read | of the ledger | time |\n|---|---|---|---|---|")
try measure("the summary", size: ledgerSize) {
    guard let totals = try LedgerTotals(reading: path), totals.isComplete else {
        fatalError("no summary")
    }
    return (1, totals.bytesRead)
}
try measure("the epochs of one minute", size: ledgerSize) {
    try ask(.epochs, columns: Array(0..<6), from: middle, until: middle + 60 * second)
}
try measure("the telemetry of one minute", size: ledgerSize) {
    try ask(.telemetry, columns: Array(0..<5), from: middle, until: middle + 60 * second)
}
try measure("all epochs", size: ledgerSize) { try ask(.epochs, columns: Array(0..<6)) }
try measure("one column of all telemetry", size: ledgerSize) { try ask(.telemetry, columns: [1]) }
try measure("all telemetry", size: ledgerSize) { try ask(.telemetry, columns: Array(0..<5)) }
