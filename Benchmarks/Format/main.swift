// Stores tables of a directory as blocks of a ledger and reads them back. Prints one line for each
// result.
//
// Usage: joule-format-bench DIRECTORY TABLE...
//        joule-format-bench DIRECTORY whole
//
// A table named `run-size` is the closed ledger of the run of 50 epochs. The second writes that and one
// of many steps through the ledger's writer, damages the latter and reads what is left.
import Glibc
import JouleFile
import JouleFormat

guard CommandLine.arguments.count >= 3 else {
    print("usage: joule-format-bench DIRECTORY TABLE...|whole")
    exit(64)
}
let directory = CommandLine.arguments[1]
let names = CommandLine.arguments.dropFirst(2)
do {
    let tables = try RawTable.all(in: directory)
    for table in tables where names.contains(table.name) {
        print(try TableBenchmark(table).measured())
    }
    if names.contains("whole") || names.contains("run-size") {
        for table in tables {
            if table.name == "run" {
                print("run \(try WrittenLedger(of: table, in: directory).size)")
            }
            if table.name == "steps", names.contains("whole") {
                let ledger = try WrittenLedger(of: table, in: directory)
                print(try QuickTrial(ledger).measured())
                var trial = try DamageTrial(ledger)
                print(try trial.measured())
            }
        }
    }
} catch {
    print("failed: \(error)")
    exit(74)
}
