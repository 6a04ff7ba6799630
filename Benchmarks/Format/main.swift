// Stores the tables of a directory as blocks of a ledger, reads them back, and prints one line of
// numbers for each. Usage: joule-format-bench DIRECTORY
import Glibc
import JouleFile
import JouleFormat

guard CommandLine.arguments.count == 2 else {
    print("usage: joule-format-bench DIRECTORY")
    exit(64)
}
let directory = CommandLine.arguments[1]
do {
    for table in try RawTable.all(in: directory) {
        print(try TableBenchmark(table).measured())
    }
} catch {
    print("failed: \(error)")
    exit(74)
}
