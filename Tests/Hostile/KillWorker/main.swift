// Logs rows and acknowledges each in a shared file, for campaigns that kill it or let calls fail.
//
// Usage: joule-kill-worker LEDGER ACKNOWLEDGEMENTS [--durability D] [--rows N] [--hasty] [--attach]
//        joule-kill-worker --check
// The acknowledgement file holds two counters: steps and epochs whose append answered true. Without
// --rows it logs until it is killed; with it, N steps and N / 8 epochs with pauses, then it finishes
// the run, and tells on standard output what was lost. --hasty has the writer's thread do everything
// 50 times as often. --attach has it attach artifacts, one of them of two parts, behind every 16th row.
//
// --check reads paths of ledgers from standard input and answers a line of JSON for each: what is
// found, what is found after re-opening it, and whether both hold the rows that this program logs;
// after a question mark the ledger is not re-opened.
import CJouleSystem
import Glibc
import JouleFile
import JouleQuantities

if CommandLine.arguments.dropFirst().elementsEqual(["--check"]) {
    while let path = readLine() { Check.print(Check.answer(of: path)) }
    exit(0)
}
guard let options = WorkerOptions(CommandLine.arguments.dropFirst()) else { exit(64) }

let descriptor = unsafe open(options.counters, O_RDWR)
guard let counters = unsafe mmap(nil, 16, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0),
    unsafe counters != MAP_FAILED, let id = RunID("killed")
else { exit(74) }

var run = RunRecord(id: id, status: .running)
run.process = ProcessIdentity(host: "worker", bootID: nil, pid: getpid(), startTicks: nil)
let writer: LedgerWriter
do {
    writer = try LedgerWriter.create(
        at: options.ledger,
        run: run,
        durability: options.durability,
        timing: options.isHasty ? .hasty : WriterTiming()
    )
} catch {
    // What a training program does then: it goes on, and keeps nothing.
    print("not recorded: \(error)")
    exit(0)
}
let name = Array("loss".utf8)
var step: Int64 = 0
var epoch: Int64 = 0
var refused: Int64 = 0
// Who is killed some time logs a row again until it is kept; who finishes goes on, as training does.
let isEndless = options.rows == nil
var logged: Int64 = 0
var ended: Int64 = 0
var attached: Int64 = 0
while options.rows.map({ logged < $0 }) ?? true {
    guard let id = writer.metric(name.span, of: .steps) else { continue }
    let cells = [MetricCell(id: id, value: Double(logged) * 0.5)]
    let isStepKept = writer.appendStep(
        logged,
        at: WallTime(unixNanoseconds: logged),
        cells: cells.span
    )
    if isStepKept {
        step += 1
        unsafe joule_store_release(counters, UInt64(step))
    }
    refused += isStepKept ? 0 : 1
    logged += isStepKept || !isEndless ? 1 : 0
    if options.attaches, logged % 16 == 0 {
        let artifact = Artifact(number: attached)
        let outcome = writer.attach(name: artifact.name, mediaType: "", bytes: artifact.bytes)
        refused += outcome == .taken ? 0 : 1
        attached += 1
    }
    guard logged % 8 == 0, let id = writer.metric(name.span, of: .epochs) else { continue }
    let values = [MetricCell(id: id, value: Double(ended) * 0.25)]
    let isEpochKept = writer.appendEpoch(
        index: ended,
        number: ended + 1,
        started: WallTime(unixNanoseconds: ended),
        durationNS: 1,
        cells: values.span
    )
    if isEpochKept {
        epoch += 1
        unsafe joule_store_release(counters + 8, UInt64(epoch))
    }
    refused += isEpochKept ? 0 : 1
    ended += isEpochKept || !isEndless ? 1 : 0
    if !isEndless { usleep(5000) }
}
let isClosed = writer.finish(
    status: .finished,
    ended: WallTime(unixNanoseconds: 1),
    metrics: nil
)
let answer: JSON = [
    "closed": .bool(isClosed), "durability": .string(writer.durability.rawValue),
    "refused": .integer(refused), "attached": .integer(attached),
    "lost": writer.drops.map(JSON.object) ?? .null,
    "unconfirmed": .integer(Int64(writer.unconfirmedCalls)),
    "faults": .array(writer.faults.map(JSON.string)),
]
print(answer.text())
