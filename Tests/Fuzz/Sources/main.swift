// Feeds spoilt ledgers, rings and JSON to the readers until its time is up. A trap, a hang or
// memory without bound is a finding; the file that it was is named, and is left after a trap.
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
let directory = TemporaryDirectory()
print("seed \(seed), \(Int(seconds)) s; the last input is \(directory.path)/input.joule")
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

/// Verifies a ledger; nil when it is one of those that take more than is allowed, which may be so
/// only after its rows took less room than before.
func readUnlessTooMuch(_ path: String) throws -> Ledger? {
    do throws(LedgerError) { return try Ledger(reading: path, verifies: true) } catch {
        guard case .overBudget = error else { throw error }
        return nil
    }
}

/// Saves the ledger into a new one, which has to be whole.
func expectRecovery(of path: String) throws {
    let target = directory.path + "/recovered.joule"
    defer { unsafe unlink(target) }
    guard (try? LedgerRecovery.write(path, to: target)) != nil else { return }
    guard let saved = try readUnlessTooMuch(target) else { return }
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
    let took = clock.now - before
    slowest = max(slowest, took)
    guard took < .seconds(20), residentMiB() < 512 else {
        let finding = ".build/fuzz-finding.joule"
        try Data(contentsOf: URL(filePath: directory.path + "/input.joule"))
            .write(to: URL(filePath: finding))
        print(
            "an input took \(took) and \(residentMiB()) MiB; unless it was JSON, it is \(finding)"
        )
        exit(1)
    }
}
print("\(inputs) inputs, \(readable) still readable, slowest \(slowest), \(residentMiB()) MiB")

/// The most memory that there was so far.
func residentMiB() -> Int {
    var usage = rusage()
    unsafe getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    return usage.ru_maxrss / 1024
}
