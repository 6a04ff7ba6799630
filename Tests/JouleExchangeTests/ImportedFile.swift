import FoundationEssentials
import JouleTestSupport

/// What `read` makes of a file of these bytes.
func reading<Result>(
    _ bytes: [UInt8],
    as name: String,
    _ read: (String) throws -> Result
) throws -> Result {
    let directory = TemporaryDirectory()
    let path = directory.path + "/" + name
    try Data(bytes).write(to: URL(filePath: path))
    return try read(path)
}

/// The error that `body` ends with, in words; empty where there is none.
func words<Result>(ofErrorIn body: () throws -> Result) -> String {
    do {
        _ = try body()
        return ""
    } catch {
        return "\(error)"
    }
}
