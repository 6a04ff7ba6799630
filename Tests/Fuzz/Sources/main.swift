// Feeds spoilt ledgers, rings and JSON to the readers until its time is up. A trap, a hang or
// memory without bound is a finding; the seed that is printed repeats it.
//
// Usage: joule-fuzz [--seconds N] [--seed S]
import FoundationEssentials
import Glibc
import JouleFile
import JouleFuzzSupport
import JouleQuantities
import JouleTestSupport

func option(_ name: String) -> UInt64? {
    guard let place = CommandLine.arguments.firstIndex(of: name),
        place + 1 < CommandLine.arguments.count
    else { return nil }
    return UInt64(CommandLine.arguments[place + 1])
}

let seconds = Double(option("--seconds") ?? 30)
let seed = option("--seed") ?? UInt64(getpid())
print("seed \(seed), \(Int(seconds)) s")

let directory = TemporaryDirectory()
let seeds = try Seeds(in: directory.path)
var mutation = Mutation(random: SplitMix(seed: seed))
let clock = ContinuousClock()
let start = clock.now
var inputs = 0
var readable = 0
var slowest = Duration.zero

/// Reads one spoilt input in every way there is.
func feed(_ ledger: [UInt8], ring: [UInt8]?) throws -> Bool {
    let path = directory.path + "/input.joule"
    try Data(ledger).write(to: URL(filePath: path))
    if let ring { try Data(ring).write(to: URL(filePath: path + ".ring")) }
    defer { if ring != nil { unsafe unlink(path + ".ring") } }
    guard let read = try? Ledger(reading: path) else { return false }
    for run in read.runs { _ = try? RunRecord(json: JSON(parsing: run.json.text())) }
    _ = try Ledger(reading: path, verifies: true)
    let hasSteps = try !Ledger.steps(reading: path).isEmpty
    try expectRecovery(of: path)
    return hasSteps || !read.runs.isEmpty
}

/// Saves the ledger into a new one, which has to be whole.
func expectRecovery(of path: String) throws {
    let target = directory.path + "/recovered.joule"
    defer { unsafe unlink(target) }
    guard (try? LedgerRecovery.write(path, to: target)) != nil else { return }
    let saved = try Ledger(reading: target, verifies: true)
    // What a run's record says may still be nonsense, which has no place in the file.
    guard saved.integrity.problems.allSatisfy({ $0.offset == 0 }) else {
        print("a recovered ledger is not whole: \(saved.integrity.problems)")
        exit(1)
    }
}

while clock.now - start < .seconds(seconds) {
    let before = clock.now
    inputs += 1
    let kind = mutation.random.next() % 8
    if kind == 0 {
        let text = mutation.spoil(seeds.record, from: 0)
        if let json = try? JSON(parsing: text), (try? RunRecord(json: json)) != nil {
            readable += 1
        }
    } else if kind == 1 {
        let entries = mutation.spoilRing(seeds.ring)
        if try feed(seeds.live, ring: Mutation.repairedRing(entries)) { readable += 1 }
    } else {
        let origin = seeds.ledgers[Int(mutation.random.next() % UInt64(seeds.ledgers.count))]
        // The file header is left alone most of the time: nothing behind a bad one is read.
        let spoilt = mutation.spoil(origin, from: kind == 2 ? 0 : 64)
        if try feed(kind < 5 ? spoilt : Mutation.repaired(spoilt), ring: nil) { readable += 1 }
    }
    slowest = max(slowest, clock.now - before)
}

var usage = rusage()
unsafe getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
let residentMiB = usage.ru_maxrss / 1024
print("\(inputs) inputs, \(readable) still readable, slowest \(slowest), \(residentMiB) MiB")
guard slowest < .seconds(20), residentMiB < 4096 else {
    print("an input took too long or too much memory")
    exit(1)
}
