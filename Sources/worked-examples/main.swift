import FoundationEssentials
import Glibc

// Recomputes published cases through the formulae of the lifecycle summary: exit 0 when all hold,
// 1 when some do not, 2 when there is nothing to check.

func stop(_ reason: String) -> Never {
    let line = Array("worked-examples: \(reason)\n".utf8)
    _ = unsafe line.withUnsafeBytes { unsafe write(STDERR_FILENO, $0.baseAddress, $0.count) }
    exit(2)
}

guard CommandLine.arguments.count == 2, let path = CommandLine.arguments.last,
    !path.hasPrefix("-")
else {
    stop("give one file of cases, in the form of Tests/JouleLifecycleTests/Resources/cases.json")
}
guard let data = FileManager.default.contents(atPath: path) else {
    stop("\(path): cannot be read")
}
do {
    let file = try CheckedFile(text: Array(data))
    print(file.report, terminator: "")
    exit(file.holds ? 0 : 1)
} catch {
    stop("\(path): \(error)")
}
