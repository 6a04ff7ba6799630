import Glibc
import JouleFile
import JouleQuantities
import JouleRedundancy

// `joule-catalog-bench LEDGERS CACHE [ROUNDS]`: what a question to the catalog of LEDGERS takes,
// opened and kept open, and what one more run does.
//
// CACHE is a folder for the catalog, LEDGERS a directory, into which a run is written each round.

func nowNS() -> Int64 {
    var time = timespec()
    unsafe clock_gettime(CLOCK_MONOTONIC, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
}

/// Milliseconds of `body`.
func time(_ body: () throws -> Void) rethrows -> Double {
    let start = nowNS()
    try body()
    return Double(nowNS() - start) / 1e6
}

func row(_ name: String, _ times: [Double]) {
    let sorted = times.sorted()
    func rounded(_ value: Double) -> Double { (value * 1000).rounded() / 1000 }
    let median = rounded(sorted[sorted.count / 2])
    print("\(name)\tmedian \(median) ms\tslowest \(rounded(sorted[sorted.count - 1])) ms")
}

func config(_ number: Int, width: Int64) -> JSONObject {
    let lr = JSON.double(0.1 / Double(number + 1))
    let config: JSON = ["optim": ["lr": lr, "name": "adamw"], "width": .integer(width)]
    return config.object ?? JSONObject()
}

func question(_ number: Int, width: Int64 = 64) -> PreflightQuestion {
    PreflightQuestion(
        project: "bench",
        entry: "train.py",
        config: config(number, width: width),
        seed: 0
    )
}

func run(_ number: Int) throws -> RunRecord {
    var run = try RunRecord(json: [
        "run_id": .string("bench-\(nowNS())-\(number)"), "project": "bench", "status": "finished",
        "started": 1_700_000_000, "ended": 1_700_003_600, "energy_j": 1e6,
        "code": ["entry": "train.py", "tree": "t1"], "seed": 0,
        "config": .object(config(number, width: 64)),
    ])
    run.epochs = (1...50).map { index in
        var epoch = EpochRecord(number: index)
        epoch.metrics = (0..<12).map { .init(name: "m\($0)", value: .random(in: 0...1)) }
        return epoch
    }
    return run
}

let arguments = CommandLine.arguments
guard arguments.count >= 3 else {
    print("usage: joule-catalog-bench LEDGERS CACHE [ROUNDS]")
    exit(64)
}
let (ledgers, cache) = (arguments[1], arguments[2])
let rounds = arguments.count > 3 ? Int(arguments[3]) ?? 100 : 100

func open() -> RunCatalog {
    guard let catalog = RunCatalog(of: ledgers, rules: .none, cache: cache, filesWorthIt: 0) else {
        print("no catalog")
        exit(1)
    }
    return catalog
}

print("made or brought up to date\t\(time { _ = open() }) ms")
var written: [String] = []
var (cold, warm, other, adding) = ([Double](), [Double](), [Double](), [Double]())
let catalog = open()
let folder = "\(ledgers)/bench-\(getpid())"
for number in 0..<rounds {
    let path = try LedgerImport.write(
        [run(number)],
        into: folder,
        kind: "bench"
    ).path
    if let path { written.append(path) }
    adding.append(time { _ = catalog.refresh() })
}
for number in 0..<rounds {
    cold.append(time { _ = open().check(question(number)) })
}
// The first question about a program after a run was added reads its newest runs.
_ = catalog.check(question(0))
for number in 0..<rounds {
    warm.append(
        time {
            _ = catalog.refresh()
            guard catalog.check(question(number))?.verdict == .alreadyRun else {
                print("not found")
                exit(1)
            }
        }
    )
    other.append(
        time {
            _ = catalog.refresh()
            _ = catalog.check(question(number, width: 65))
        }
    )
}
row("opened, asked", cold)
row("one run more", adding)
row("asked again, known", warm)
row("asked again, new", other)
for path in written { unsafe unlink(path) }
unsafe rmdir(folder)
_ = catalog.refresh()
