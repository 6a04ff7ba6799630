// Makes, checks and prints the conformance vectors in `Schemas/Vectors/`.
//
// Usage: joule-vectors write DIRECTORY     makes every vector and its document anew
//        joule-vectors check DIRECTORY     whether writer and reader still give exactly those
//        joule-vectors document FILE       what the Swift reader says about a ledger
//        joule-vectors documents -         the same of each path on standard input, a line each
// Exit status: 0 done and equal, 1 something differs, 64 not called so.
import Glibc
import JouleConformance

let arguments = CommandLine.arguments.dropFirst()
guard arguments.count == 2, let command = arguments.first, let path = arguments.last else {
    print("usage: joule-vectors write DIRECTORY | check DIRECTORY | document FILE | documents -")
    exit(64)
}

switch command {
case "write":
    try VectorStore(path).write()
case "check":
    let differences = try VectorStore(path).differences()
    for difference in differences { print(difference) }
    print("\(Vector.all.count) vectors, \(differences.count) differences")
    if !differences.isEmpty { exit(1) }
case "document":
    print(try ConformanceDocument(of: path).text, terminator: "")
case "documents":
    while let path = readLine() {
        print(try ConformanceDocument(of: path).line)
        fflush(nil)
    }
default:
    exit(64)
}
