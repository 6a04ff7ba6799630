// Measures what one row costs the thread that logs it: `joule-append-bench [ROUNDS]`.
//
// `joule-append-bench --steps N` logs N steps of four metrics and dies, for a profiler that counts
// instructions: fewer than 4,000 never wake the writer's thread (`Benchmarks/instructions`).
//
// Rows go through the writer that every binding uses, into a real ledger with its ring and its
// thread, which writes meanwhile.
import FoundationEssentials
import Glibc
import JouleFile
import JouleQuantities

let arguments = Array(CommandLine.arguments.dropFirst())
let rounds = arguments.first.flatMap { Int($0) } ?? 100

func cells(_ writer: LedgerWriter, _ table: MetricTable, _ count: Int) -> [MetricCell] {
    (0..<count).compactMap { place in
        let name = Array("metric-\(place)".utf8)
        return writer.metric(name.span, of: table)
            .map { MetricCell(id: $0, value: Double(place) / 7) }
    }
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
func appendStep(_ number: Int64) -> Bool {
    writer.appendStep(number, at: now, cells: four.span)
}
if arguments.first == "--steps", let count = arguments.dropFirst().first.flatMap({ Int64($0) }) {
    for step in 0..<count { _ = appendStep(step) }
    try FileManager.default.removeItem(atPath: directory)
    _exit(0)
}
func appendEpoch(_ number: Int64, _ cells: [MetricCell]) -> Bool {
    writer.appendEpoch(
        index: number,
        number: number,
        started: now,
        durationNS: 1,
        cells: cells.span
    )
}
let epochFour = cells(writer, .epochs, 4)
let epochTwelve = cells(writer, .epochs, 12)
print(Trial.header(isMapped: writer.isCrashProof))
print(Trial(bursts: rounds, append: appendStep).line("step row, 4 metrics"))
print(Trial(bursts: rounds) { appendEpoch($0, epochFour) }.line("epoch row, 4 metrics"))
print(Trial(bursts: rounds) { appendEpoch($0, epochTwelve) }.line("epoch row, 12 metrics"))
print(Trial(paced: 100 * rounds, append: appendStep).line("step row, 1,000 a second"))
writer.finish(status: .finished, ended: now, metrics: nil)
let calls = try Calls(in: directory)
print(Trial(bursts: rounds, append: calls.swift).line("`run.log` from Swift, 4 metrics"))
print(Trial(bursts: rounds, append: calls.c).line("`joulebook_step` from C, 4 metrics"))
try calls.finish()
