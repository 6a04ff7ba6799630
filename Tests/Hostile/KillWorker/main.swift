// Logs rows as fast as it can until it is killed, acknowledging each in a shared file.
//
// Usage: joule-kill-worker LEDGER ACKNOWLEDGEMENTS
// The acknowledgement file holds two counters: steps and epochs whose append answered true.
import CJouleSystem
import Glibc
import JouleFile
import JouleQuantities

let arguments = CommandLine.arguments
guard arguments.count == 3 else { exit(64) }

let descriptor = unsafe open(arguments[2], O_RDWR)
guard let counters = unsafe mmap(nil, 16, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0),
    unsafe counters != MAP_FAILED, let id = RunID("killed")
else { exit(74) }

var run = RunRecord(id: id, status: .running)
run.process = ProcessIdentity(host: "worker", bootID: nil, pid: getpid(), startTicks: nil)
let writer = try LedgerWriter.create(at: arguments[1], run: run)
let name = Array("loss".utf8)
var step: Int64 = 0
var epoch: Int64 = 0
while true {
    guard let id = writer.metric(name.span, of: .steps) else { continue }
    let cells = [MetricCell(id: id, value: Double(step) * 0.5)]
    if writer.appendStep(step, at: WallTime(unixNanoseconds: step), cells: cells.span) {
        step += 1
        unsafe joule_store_release(counters, UInt64(step))
    }
    guard step % 8 == 0, let id = writer.metric(name.span, of: .epochs) else { continue }
    let values = [MetricCell(id: id, value: Double(epoch) * 0.25)]
    let isKept = writer.appendEpoch(
        index: epoch,
        number: epoch + 1,
        started: WallTime(unixNanoseconds: epoch),
        durationNS: 1,
        cells: values.span
    )
    if isKept {
        epoch += 1
        unsafe joule_store_release(counters + 8, UInt64(epoch))
    }
}
