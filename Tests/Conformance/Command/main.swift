// Makes, checks and prints the conformance vectors in `Schemas/Vectors/`, and spoils them.
//
// Usage: joule-vectors write DIRECTORY          makes every vector and its document anew
//        joule-vectors check DIRECTORY          whether writer and reader still give exactly those
//        joule-vectors document FILE            what the Swift reader says about a ledger
//        joule-vectors documents -            the same of each path on standard input, a line each
//        joule-vectors truncate DIRECTORY       cuts each vector at every byte
//        joule-vectors flip DIRECTORY [STEP]    flips every STEPth bit of each vector, every one by default
//        joule-vectors splice DIRECTORY         repeats, drops, moves and replaces blocks
//        joule-vectors recover DIRECTORY [STEP] recovers spoilt vectors, and is killed while it does
//        joule-vectors bombs                    how long it takes to refuse frames of zstd
// Exit status: 0 done and as it should be, 1 not so, 64 not called so.
import Glibc
import JouleConformance

let arguments = Array(CommandLine.arguments.dropFirst())

func refuse() -> Never {
    print("usage: joule-vectors write|check|truncate|flip|splice|recover DIRECTORY [STEP]")
    print("       joule-vectors document FILE | documents - | bombs")
    exit(64)
}

func finish(_ isGood: Bool) -> Never { exit(isGood ? 0 : 1) }

guard let command = arguments.first else { refuse() }
if command == "bombs" { finish(Bombs.run()) }
guard arguments.count >= 2 else { refuse() }
let path = arguments[1]
let step = arguments.count > 2 ? Int(arguments[2]) ?? 1 : 1

switch command {
case "write":
    try VectorStore(path).write()
case "check":
    let differences = try VectorStore(path).differences()
    for difference in differences { print(difference) }
    print("\(Vector.all.count) vectors, \(differences.count) differences")
    finish(differences.isEmpty)
case "document":
    print(try ConformanceDocument(of: path).text, terminator: "")
case "documents":
    while let path = readLine() {
        print(try ConformanceDocument(of: path).line)
        fflush(nil)
    }
case "truncate":
    finish(
        try await Campaigns(path).run("truncate") { name, files, place in
            try Verdict.truncations(of: files.ledger, name, in: place)
        }
    )
case "flip":
    finish(
        try await Campaigns(path).run("flip") { name, files, place in
            try Verdict.flips(of: files.ledger, name, in: place, step: step)
        }
    )
case "splice":
    let campaigns = try Campaigns(path)
    let other = try Vector.bytes(path + "/one-run.joule")
    let another = try Vector.bytes(path + "/torn.joule")
    finish(
        try await campaigns.run("splice") { name, files, place in
            let stranger = name == "one-run" ? another : other
            return try Verdict.splices(of: files.ledger, with: stranger, name, in: place)
        }
    )
case "recover":
    let campaigns = try Campaigns(path)
    let isGood = try await campaigns.run("recover") { name, files, place in
        try Verdict.recoveries(of: files.ledger, name, in: place, step: step)
    }
    finish(try await campaigns.killed(step: step) && isGood)
case "reopen":
    guard arguments.count == 3 else { refuse() }
    try KilledReopening.child(path, limit: UInt(step))
default:
    refuse()
}
