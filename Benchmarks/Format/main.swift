// Stores the tables of a directory as blocks of a ledger and reads them back; writes one run of 50
// epochs and one of many steps through the ledger's writer, damages the latter and reads what is
// left. Prints one line for each result.
//
// Usage: joule-format-bench DIRECTORY [all]
import Glibc
import JouleFile
import JouleFormat

guard CommandLine.arguments.count >= 2 else {
    print("usage: joule-format-bench DIRECTORY [all]")
    exit(64)
}
let directory = CommandLine.arguments[1]
do {
    let tables = try RawTable.all(in: directory)
    for table in tables where table.name != "run" {
        print(try TableBenchmark(table).measured())
    }
    if CommandLine.arguments.count > 2 {
        for table in tables {
            if table.name == "run" {
                print("run \(try WrittenLedger(of: table, in: directory).size)")
            }
            if table.name == "steps" {
                var trial = try DamageTrial(try WrittenLedger(of: table, in: directory))
                print(try trial.measured())
            }
        }
    }
} catch {
    print("failed: \(error)")
    exit(74)
}
