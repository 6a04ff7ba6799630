import Glibc
import JouleFile
import JouleQuantities
import Joulebook

// What `Benchmarks/scale` fills a directory with, and the run that it adds.
//
// `joule-scale-bench ledgers DIRECTORY` writes each run record of standard input into a ledger of
// its own, in the folder of its project. `joule-scale-bench run DIRECTORY NUMBER EPOCHS` is a training
// with the program and the configuration of the first record, but for one value of it: NUMBER.

func nextRecord() throws -> RunRecord? {
    guard let line = readLine() else { return nil }
    return try RunRecord(json: JSON(parsing: line))
}

/// A ledger is written where no other one is, which costs the same for each.
func writeLedgers(into directory: String) throws {
    let draft = "\(directory)-draft"
    while let record = try nextRecord() {
        let folder = "\(directory)/\(record.project ?? "runs")"
        try LedgerImport.makeDirectory(folder)
        guard let path = try LedgerImport.write([record], into: draft, kind: "scale").path else {
            throw LedgerError.system(path: draft, operation: "write a ledger", errno: EEXIST)
        }
        let name = path.split(separator: "/").last.map(String.init) ?? ""
        guard unsafe rename(path, "\(folder)/\(name)") == 0 else {
            throw LedgerError.system(path: path, operation: "rename", errno: errno)
        }
    }
    unsafe rmdir(draft)
}

/// Epochs of 12 metrics, for which nothing is trained.
func train(in directory: String, number: Int64, epochs: Int) throws {
    guard let like = try nextRecord() else { return }
    var config = like.config ?? JSONObject()
    config["scale_number"] = .integer(number)
    var options = RunOptions()
    options.directory = directory
    options.entry = like.code?.entry
    options.isQuiet = true
    let run = try Run.start(project: like.project, config: .object(config), options: options)
    for number in 1...epochs {
        let epoch = run.beginEpoch(number)
        let loss = 1 / Double(number)
        epoch.end([
            "loss": loss, "accuracy": 1 - loss, "val_loss": loss + .random(in: 0...0.02),
            "val_accuracy": 1 - loss - .random(in: 0...0.02), "lr": 0.1,
            "grad_norm": .random(in: 1...2), "precision": .random(in: 0...1),
            "recall": .random(in: 0...1), "f1": .random(in: 0...1), "auc": .random(in: 0...1),
            "throughput": .random(in: 1200...1300), "epoch_time": .random(in: 3...4),
        ])
    }
    try run.finish()
}

let arguments = CommandLine.arguments
if arguments.count == 3, arguments[1] == "ledgers" {
    try writeLedgers(into: arguments[2])
} else if arguments.count == 5, arguments[1] == "run",
    let number = Int64(arguments[3]), let epochs = Int(arguments[4]), epochs > 0
{
    try train(in: arguments[2], number: number, epochs: epochs)
} else {
    print("usage: joule-scale-bench ledgers DIRECTORY < RECORDS")
    print("       joule-scale-bench run DIRECTORY NUMBER EPOCHS < RECORDS")
    exit(64)
}
