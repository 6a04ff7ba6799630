// Measures what one row costs the thread that logs it: `joule-append-bench [ROUNDS]`.
//
// `joule-append-bench --steps N` logs N steps of four metrics and dies, for a profiler that counts
// instructions: fewer than 4,000 never wake the writer's thread (`Benchmarks/instructions`).
//
// Rows go through the writer that every binding uses, into a real ledger with its ring and its
// thread, which writes meanwhile. Rounds of 5,000 rows with pauses between them, as no training
// logs faster than its ring drains for long; the median is over the rounds' means, the tail over
// rows timed one by one, with the first of each round, which finds cold caches, told apart.
import FoundationEssentials
import Glibc
import JouleFile
import JouleQuantities

let arguments = Array(CommandLine.arguments.dropFirst())
let rounds = arguments.first.flatMap { Int($0) } ?? 100
let rowsPerRound = 5000

func nanoseconds() -> Int64 {
    var now = timespec()
    unsafe clock_gettime(CLOCK_MONOTONIC, &now)
    return Int64(now.tv_sec) * 1_000_000_000 + Int64(now.tv_nsec)
}

func cells(_ writer: LedgerWriter, _ table: MetricTable, _ count: Int) -> [MetricCell] {
    (0..<count).compactMap { place in
        let name = Array("metric-\(place)".utf8)
        return writer.metric(name.span, of: table)
            .map { MetricCell(id: $0, value: Double(place) / 7) }
    }
}

/// Prints a line of the table: the median of the rounds' means, and the tail of single rows less
/// what the clock costs.
func measure(_ name: String, _ append: (Int64) -> Bool) {
    var means: [Double] = []
    var singles: [Int64] = []
    var firsts: [Int64] = []
    var clock: [Int64] = []
    var number: Int64 = 0
    var lost = 0
    for round in 0..<rounds {
        let isTimedSingly = round % 2 == 1
        let begin = nanoseconds()
        for row in 0..<rowsPerRound {
            if isTimedSingly {
                let start = nanoseconds()
                if !append(number) { lost += 1 }
                let end = nanoseconds()
                if row == 0 { firsts.append(end - start) } else { singles.append(end - start) }
                clock.append(nanoseconds() - end)
            } else if !append(number) {
                lost += 1
            }
            number += 1
        }
        if !isTimedSingly {
            means.append(Double(nanoseconds() - begin) / Double(rowsPerRound))
        }
        usleep(50_000)
    }
    means.sort()
    singles.sort()
    firsts.sort()
    clock.sort()
    let overhead = clock[clock.count / 2]
    func tail(_ share: Double) -> Int64 {
        singles[Int(share * Double(singles.count - 1))] - overhead
    }
    let median = (means[means.count / 2] * 10).rounded() / 10
    print(
        "| \(name) | \(median) ns | \(tail(0.99)) ns | \(tail(0.999)) ns |"
            + " \(firsts[firsts.count / 2] - overhead) ns | \(lost) of \(number) |"
    )
}

let directory = FileManager.default.temporaryDirectory.path + "/joule-append-\(getpid())"
try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
defer { try? FileManager.default.removeItem(atPath: directory) }
guard let id = RunID("append-benchmark") else { exit(70) }
let writer = try LedgerWriter.create(
    at: directory + "/run.joule",
    run: RunRecord(id: id, status: .running)
)
let now = WallTime(unixNanoseconds: nanoseconds())
let four = cells(writer, .steps, 4)
if arguments.first == "--steps", let count = arguments.dropFirst().first.flatMap({ Int64($0) }) {
    for step in 0..<count { writer.appendStep(step, at: now, cells: four.span) }
    try FileManager.default.removeItem(atPath: directory)
    _exit(0)
}
let epochFour = cells(writer, .epochs, 4)
let epochTwelve = cells(writer, .epochs, 12)
let ring = writer.isCrashProof ? "mapped ring" : "ring in memory"
print("| \(ring) | median | p99 | p99.9 | first after a pause | lost |\n|---|---|---|---|---|---|")
measure("step row, 4 metrics") { writer.appendStep($0, at: now, cells: four.span) }
measure("epoch row, 4 metrics") { number in
    writer.appendEpoch(
        index: number,
        number: number,
        started: now,
        durationNS: 1,
        cells: epochFour.span
    )
}
measure("epoch row, 12 metrics") { number in
    writer.appendEpoch(
        index: number,
        number: number,
        started: now,
        durationNS: 1,
        cells: epochTwelve.span
    )
}
writer.finish(status: .finished, ended: now, metrics: nil)
