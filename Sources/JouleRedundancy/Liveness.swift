import FoundationEssentials
import Glibc
package import JouleFile

/// Whether the process that writes a run still lives.
package enum Liveness: Sendable, Hashable {
    case alive
    case dead
    /// The process runs on another machine, or the record does not name it.
    case unknown

    /// Looks the process up on this machine, by boot, number and start.
    package init(_ run: RunRecord) {
        guard let process = run.process, process.host == Self.hostName else {
            self = .unknown
            return
        }
        if let then = process.bootID, let now = Self.bootID, then != now {
            self = .dead
        } else {
            self = Self.lookUp(process)
        }
    }

    private static func lookUp(_ process: ProcessIdentity) -> Liveness {
        guard let stat = text(of: "/proc/\(process.pid)/stat") else { return .dead }
        // The program's name stands in parentheses and may hold spaces; fields count after it.
        let fields = stat[(stat.lastIndex(of: ")") ?? stat.startIndex)...].split(separator: " ")
        guard fields.count > 20 else { return .unknown }
        if fields[1] == "Z" || fields[1] == "X" { return .dead }
        // Another start means that the number went to another process.
        guard let then = process.startTicks, let now = UInt64(fields[20]) else { return .alive }
        return then == now ? .alive : .dead
    }

    private static let bootID = text(of: "/proc/sys/kernel/random/boot_id")

    private static let hostName: String = {
        var name = [CChar](repeating: 0, count: 256)
        // SAFETY: the call writes at most the given count into the array.
        guard unsafe gethostname(&name, name.count - 1) == 0 else { return "" }
        return String(decoding: name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }()

    private static func text(of path: String) -> String? {
        guard let data = try? Data(contentsOf: URL(filePath: path)) else { return nil }
        let text = String(decoding: data, as: UTF8.self)
        return text.hasSuffix("\n") ? String(text.dropLast()) : text
    }
}
