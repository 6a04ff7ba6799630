// Coverage-guided fuzzing of everything that reads bytes from outside. A trap, a hang, memory
// without bound, a sanitizer's report or a broken law is a finding; libFuzzer keeps the input.
//
// Usage: joule-libfuzzer TARGET [libFuzzer's options] CORPUS
//        joule-libfuzzer TARGET --seeds CORPUS       writes whole inputs to begin with
import CLibFuzzer
import Glibc

let arguments = CommandLine.arguments
guard arguments.count > 2, let target = FuzzTarget(rawValue: arguments[1]) else {
    let names = FuzzTarget.allCases.map(\.rawValue).joined(separator: "|")
    print("usage: \(arguments[0]) \(names) [--seeds] [options] CORPUS")
    exit(64)
}
let workspace = try Workspace()
if arguments[2] == "--seeds", arguments.count == 4 {
    try target.writeSeeds(into: arguments[3], workspace: workspace)
    exit(0)
}
// libFuzzer reads its own command line, in which the target is not one of its words.
nonisolated(unsafe) let read = target.reader(in: workspace)
var count = Int32(arguments.count - 1)
var words = unsafe ([arguments[0]] + arguments.dropFirst(2)).map { unsafe strdup($0) } + [nil]
let status = unsafe words.withUnsafeMutableBufferPointer { buffer in
    var start = buffer.baseAddress
    return unsafe LLVMFuzzerRunDriver(&count, &start) { data, size in
        // SAFETY: libFuzzer hands over `size` bytes that live until the callback returns.
        unsafe read(Array(UnsafeBufferPointer(start: data, count: size)))
        return 0
    }
}
exit(status)
