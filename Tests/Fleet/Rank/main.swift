// One rank of a job: starts a run, logs steps and epochs, and tells what it was told was kept.
//
// Usage: joule-fleet-rank PROJECT JOB EPOCHS STEPS PAUSE_S ASIDE [PARENT]
// Rank, world size, run id and directory are in the environment, as a launcher leaves them there. The
// values of each row are functions of job, rank, epoch and step. ASIDE is a folder in which the ledger
// gets a second name. A line on standard output, at once and without a buffer, is an acknowledgement:
//
//     started RUN_ID BEGUN SECONDS PATH  moments are of the monotonic clock
//     epoch NUMBER BEGUN SECONDS WAITS  of begin and end; how often the thread was put to sleep in them
//     finished ENERGY_J
import Glibc
import JouleQuantities
import Joulebook

let words = CommandLine.arguments
guard words.count == 7 || words.count == 8, let job = Int(words[2]), let epochs = Int(words[3]),
    let steps = Int(words[4]), let pauseS = Double(words[5])
else { exit(64) }
let rank = unsafe getenv("RANK").flatMap { unsafe Int(String(cString: $0)) } ?? 0

/// Tells one line in one call, so that it is there when the process is killed behind it.
func acknowledge(_ line: String) {
    let bytes = Array("\(line)\n".utf8)
    _ = unsafe write(STDOUT_FILENO, bytes, bytes.count)
}

/// Seconds of the monotonic clock.
func now() -> Double {
    var time = timespec()
    unsafe clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

/// How often this thread gave its processor away because it had to wait.
func waits() -> Int {
    var usage = rusage()
    // RUSAGE_THREAD, which the module map does not show.
    unsafe getrusage(1, &usage)
    return usage.ru_nvcsw
}

var options = RunOptions()
options.isQuiet = true
var begun = now()
let run = try Run.start(
    project: words[1],
    config: ["job": .integer(Int64(job))],
    stage: .training,
    options: options
)
let startedSeconds = now() - begun
if let path = run.path, let name = path.split(separator: "/").last {
    guard unsafe link(path, "\(words[6])/\(name)") == 0 else { exit(74) }
}
acknowledge("started \(run.id) \(begun) \(startedSeconds) \(run.path ?? "-")")
if words.count == 8 { run.parent(words[7], relation: "initialises") }
for number in 1...epochs {
    begun = now()
    var slept = waits()
    let epoch = run.beginEpoch(number)
    slept = waits() - slept
    var seconds = now() - begun
    for step in 1...steps {
        run.log(step: step, ["loss": Double(job) + Double(rank) / 1024 + Double(step)])
        usleep(UInt32(pauseS / Double(steps) * 1e6))
    }
    let ending = now()
    let before = waits()
    epoch.end(["loss": Double(job) + Double(rank) / 1024 + Double(number) / 16])
    slept += waits() - before
    seconds += now() - ending
    acknowledge("epoch \(number) \(begun) \(seconds) \(slept)")
}
try run.finish()
acknowledge("finished \(run.energy.map { "\($0.joules)" } ?? "-")")
