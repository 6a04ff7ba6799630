// Measures what only large ledgers show: `joule-large-bench [MEGABYTES]`.
//
// Writes a ledger of telemetry, steps and epochs by the rules of `format_data.py`, checks it, cuts it
// in the middle of a block and opens it again, each five times, from a file that the system has in
// memory. The table gives medians. `joule-large-bench MEGABYTES PATH` only writes the ledger.
//
// `joule-large-bench encode|decode|verify TIMES` does one thing so many times, for a profiler.
//
// `joule-large-bench readings COUNT PATH` writes one long run: so many readings of power, and its epochs.
import Glibc
import JouleFile
import JouleFormat

let megabytes = CommandLine.arguments.dropFirst().first.flatMap { UInt64($0) } ?? 1000
let kept = CommandLine.arguments.dropFirst(2).first
let path = kept ?? "large-bench-\(getpid()).joule"
defer { if kept == nil { unsafe unlink(path) } }

func seconds(_ clock: clockid_t) -> Double {
    var time = timespec()
    unsafe clock_gettime(clock, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

func size(of path: String) -> UInt64 {
    var status = stat()
    return unsafe stat(path, &status) == 0 ? UInt64(status.st_size) : 0
}

/// Median seconds on the wall and of processors.
func measured(_ rounds: Int, _ body: () throws -> Void) rethrows -> (
    wall: Double, processor: Double
) {
    var wall: [Double] = []
    var processor: [Double] = []
    for _ in 0..<rounds {
        let start = (seconds(CLOCK_MONOTONIC), seconds(CLOCK_PROCESS_CPUTIME_ID))
        try body()
        wall.append(seconds(CLOCK_MONOTONIC) - start.0)
        processor.append(seconds(CLOCK_PROCESS_CPUTIME_ID) - start.1)
    }
    return (wall.sorted()[rounds / 2], processor.sorted()[rounds / 2])
}

/// Metrics behind the fixed columns of steps and epochs.
func define(_ names: [String], of table: UInt16, in appender: inout LedgerAppender) {
    let fixed = TableSchema.standard.first { $0.id == table }?.columns.count ?? 0
    for (place, name) in names.enumerated() {
        let column = ColumnDefinition(name, .float64, role: .metric)
        appender.define(column, number: UInt16(fixed + place), table: table)
    }
}

/// A run of `readings` readings, ten a second of each of eight meters, in epochs of 12 s.
func write(readings: Int, to path: String) throws {
    unsafe unlink(path)
    var appender = try LedgerAppender(creating: path, header: FileHeader(createdNS: 1))
    let blocks = max(1, (readings + Trace.rows - 1) / Trace.rows)
    let seconds = Double(blocks * Trace.rows) / Double(Trace.readingsPerSecond)
    try appender.append(
        meta: [
            describe(#""status":"finished","started":1700000000,"duration_s":\#(seconds)"#)
        ]
    )
    define(["loss", "accuracy"], of: TableID.epochs, in: &appender)
    var trace = Trace()
    for _ in 0..<blocks {
        try appender.append(columns: trace.telemetry(), rows: Trace.rows, table: TableID.telemetry)
    }
    var epochs = Int(seconds / 12)
    while epochs > 0 {
        let rows = min(epochs, Trace.rows)
        try appender.append(columns: trace.epochs(rows), rows: rows, table: TableID.epochs)
        epochs -= rows
    }
    try appender.close()
}

/// A run with eight meters.
func describe(_ more: String) -> [UInt8] {
    let meters = (0..<8).map { number in
        #"{"device":"gpu:\#(number)","source":"nvml","provenance":"counter","boundary":"device"}"#
    }
    return Array(
        """
        {"run":0,"set":{"run_id":"0123456789abcdef0123456789abcdef",\(more),\
        "meters":[\(meters.joined(separator: ","))]}}
        """.utf8
    )
}

func write() throws {
    unsafe unlink(path)
    var appender = try LedgerAppender(creating: path, header: FileHeader(createdNS: 1))
    try appender.append(meta: [describe(#""status":"running""#)])
    define(["loss", "lr", "grad_norm", "accuracy"], of: TableID.steps, in: &appender)
    define(["loss", "accuracy"], of: TableID.epochs, in: &appender)
    var trace = Trace()
    var blocks = 0
    while size(of: path) < megabytes * 1_000_000 {
        let table =
            blocks % 100 == 99
            ? TableID.epochs : blocks % 4 == 3 ? TableID.steps : TableID.telemetry
        let columns =
            switch table {
            case TableID.epochs: trace.epochs()
            case TableID.steps: trace.steps()
            default: trace.telemetry()
            }
        try appender.append(columns: columns, rows: Trace.rows, table: table)
        blocks += 1
    }
    try appender.close()
}

do {
    if CommandLine.arguments.dropFirst().first == "readings", CommandLine.arguments.count == 4,
        let count = Int(CommandLine.arguments[2])
    {
        try write(readings: count, to: CommandLine.arguments[3])
        exit(0)
    }
    if let what = CommandLine.arguments.dropFirst().first, UInt64(what) == nil {
        let times = kept.flatMap { Int($0) } ?? 1
        try Repeated.perform(what, times: times, path: "repeated-\(getpid()).joule")
        exit(0)
    }
    let writing = try measured(1, write)
    guard kept == nil else { exit(0) }
    let bytes = size(of: path)
    func row(_ name: String, _ time: (wall: Double, processor: Double)) {
        let speed = Double(bytes) / 1e9 / time.wall
        func rounded(_ value: Double) -> Double { (value * 100).rounded() / 100 }
        print(
            "| \(name) | \(rounded(time.wall * 1000)) ms | \(rounded(time.processor * 1000)) ms "
                + "| \(time.wall < 0.05 ? "" : "\(rounded(speed)) GB/s") |"
        )
    }
    print("| ledger of \(bytes / 1_000_000) MB | on the wall | of processors | stored bytes |")
    print("|---|---|---|---|")
    row("write", writing)
    row(
        "verify",
        try measured(5) {
            let state = try Ledger(reading: path, readsRows: false).integrity.state
            guard state == .clean else { exit(70) }
        }
    )
    row(
        "verify --deep",
        try measured(1) {
            let state = try Ledger(reading: path, verifies: true).integrity.state
            guard state == .clean else { exit(70) }
        }
    )
    var cut = bytes
    row(
        "open again, torn",
        try measured(5) {
            // Opening writes behind the last whole block; each time an earlier block is torn.
            cut -= 1_000_003
            guard unsafe truncate(path, Int(cut)) == 0 else { exit(74) }
            _ = try ReopenedLedger.opening(path)
        }
    )
} catch {
    print("failed: \(error)")
    exit(74)
}
