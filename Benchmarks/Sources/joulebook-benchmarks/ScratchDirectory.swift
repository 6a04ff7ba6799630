import Glibc
import Joulebook

/// A directory for the ledgers of one benchmark.
struct ScratchDirectory {
    let path: String

    init() throws {
        var template = Array("/tmp/joulebook-benchmark-XXXXXX".utf8CString)
        guard unsafe mkdtemp(&template) != nil else { throw BenchmarkError.noDirectory }
        path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    /// Records energy but neither git nor earlier runs, which a single call does not pay for.
    var options: RunOptions {
        var options = RunOptions()
        options.directory = path
        options.onDuplicate = .ignore
        options.captures = [.energy]
        return options
    }
}
