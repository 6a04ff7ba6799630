import Glibc
import JouleFile
import JouleMeters
import JouleQuantities

/// What a run records about its process and machine without being asked.
///
/// Whatever cannot be found out is left out.
struct RunFacts {
    var arguments: [String]?
    var user: String?
    var account: String?
    var environment: JSONObject?
    var hardware: Hardware?
    var process: ProcessIdentity?

    init(_ options: RunOptions, environment: ProcessEnvironment, machine: MachineFacts) {
        let captures = options.captures
        let arguments = options.arguments ?? CommandLine.arguments
        if captures.contains(.arguments) { self.arguments = Self.recorded(arguments) }
        if captures.contains(.user) { user = Self.userName() }
        if captures.contains(.environment) {
            account = environment["SLURM_JOB_ACCOUNT"].map(Redaction.redact(text:))
        }
        self.environment = Self.recorded(options, environment)
        let isHostKept = captures.contains(.hardware)
        hardware = isHostKept ? HardwareInventory.collect(machine: machine) : nil
        // Without its host's name a running run cannot be told from a dead one; that is the price.
        process = Self.identity(host: isHostKept ? Self.hostName() : "")
    }

    // MARK: Command line and environment

    private static let argumentsMax = 256

    private static func recorded(_ arguments: [String]) -> [String] {
        let kept = Redaction.redact(arguments: Array(arguments.prefix(argumentsMax)))
        let cut = kept.map { $0.utf8.count <= 4096 ? $0 : String($0.prefix(1024)) + "…" }
        let more = arguments.count - cut.count
        return more > 0 ? cut + ["… \(more) more"] : cut
    }

    private static func recorded(
        _ options: RunOptions,
        _ environment: ProcessEnvironment
    ) -> JSONObject? {
        var object = Redaction.redact(options.environment)
        if options.captures.contains(.environment) {
            for member in environment.recorded.members { object[member.name] = member.value }
        }
        // Region and PUE are wanted by every summary, whatever else is switched off.
        let region = options.region ?? environment["JOULEBOOK_REGION"]
        object["JOULEBOOK_REGION"] = region.map(JSON.string) ?? object["JOULEBOOK_REGION"]
        let pue = options.pue.map { "\($0)" } ?? environment["JOULEBOOK_PUE"]
        object["JOULEBOOK_PUE"] = pue.map(JSON.string) ?? object["JOULEBOOK_PUE"]
        return object.isEmpty ? nil : object
    }

    // MARK: User and process

    private static func userName() -> String {
        for name in ["USER", "LOGNAME"] {
            if let user = ProcessEnvironment.value(of: name), !user.isEmpty { return user }
        }
        return "uid:\(geteuid())"
    }

    private static func bootID() -> String? {
        fileText("/proc/sys/kernel/random/boot_id", sizeBytesMax: 64)
            .map { String($0.prefix { !$0.isNewline }) }
    }

    private static func hostName() -> String {
        var name = [CChar](repeating: 0, count: 256)
        guard unsafe gethostname(&name, name.count - 1) == 0 else { return "" }
        return String(decoding: name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    private static func identity(host: String) -> ProcessIdentity {
        let ticks = startTicks(of: "self")
        return ProcessIdentity(host: host, bootID: bootID(), pid: getpid(), startTicks: ticks)
    }

    /// Names the parent process for as long as the machine runs; nil when it cannot be read.
    static func launcher() -> String? {
        let parent = getppid()
        guard let bootID = bootID(), let ticks = startTicks(of: "\(parent)") else { return nil }
        return "\(bootID)/\(parent)/\(ticks)"
    }

    /// Field 22 of `/proc/PID/stat`, counted after the program's name, which may hold anything.
    private static func startTicks(of process: String) -> UInt64? {
        guard let bytes = fileContent("/proc/\(process)/stat", sizeBytesMax: 4096),
            let nameEnd = bytes.lastIndex(of: UInt8(ascii: ")"))
        else { return nil }
        let fields = bytes[(nameEnd + 1)...].split(separator: 0x20)
        guard fields.count > 19 else { return nil }
        return UInt64(String(decoding: fields[19], as: UTF8.self))
    }
}
