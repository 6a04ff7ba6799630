import Glibc
import JouleFile
import JouleQuantities

/// Writes the ledgers that `Benchmarks/pack` packs: `joule-pack-bench DIRECTORY RUNS`.
///
/// Each holds one run of 50 epochs of 12 metrics with noise, a configuration and hardware.
func record(_ number: Int) throws -> RunRecord {
    var record = try RunRecord(json: [
        "run_id": .string("bench-\(number)"), "project": "bench", "stage": "training",
        "status": "finished", "started": .double(1_700_000_000 + 600 * Double(number)),
        "config": ["lr": 0.1, "seed": .integer(Int64(number)), "layers": [64, 64, 10]],
        "env": ["python": "3.11.7", "torch": "2.4.0", "host_os": "Linux 6.1"],
        "hardware": [
            "host": "bench", "devices": [["kind": "cpu", "name": "a processor", "count": 2]],
        ],
    ])
    record.epochs = (1...50).map { index in
        var epoch = EpochRecord(number: index)
        epoch.started = WallTime(
            unixSeconds: 1_700_000_000 + 600 * Double(number) + 11.5 * Double(index)
        )
        epoch.durationSeconds = 11.5
        epoch.energy = Energy(joules: 1000 + Double((number * 31 + index * 7) % 97))
        epoch.metrics = (0..<12).map { metric in
            let noise = Double((number * 7919 + index * 104_729 + metric * 1299) % 10_007) / 1e6
            return Metric(
                name: "metric_\(metric)",
                value: Double(Float(2.3 / Double(index) + noise))
            )
        }
        return epoch
    }
    return record
}

let arguments = CommandLine.arguments
guard arguments.count == 3, let runs = Int(arguments[2]) else {
    print("usage: joule-pack-bench DIRECTORY RUNS")
    exit(64)
}
for number in 0..<runs {
    let folder = "\(arguments[1])/\(number / 100)"
    _ = try LedgerImport.write([record(number)], into: "\(folder)/\(number)", kind: "bench")
}
