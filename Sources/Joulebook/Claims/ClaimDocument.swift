import JouleFile
import JouleQuantities

/// What a claim says: who does what, and for how long that is to be believed.
struct ClaimDocument: Sendable {
    /// The run as far as it is known before it has a ledger.
    var holder: RunRecord
    /// Numbers of processes mean the same in one namespace only.
    var namespace: String?
    var leaseSeconds = ClaimDocument.leaseSeconds
    /// Whether the holder only takes what a dead process left away.
    var isSweeping = false

    /// How often a holder renews its claim.
    static let periodNS: Int64 = 20_000_000_000
    /// Six periods: a machine that is busy or a server that is slow misses one or two.
    static let leaseSeconds = 120.0
    private static let leaseSecondsMax = 600.0

    /// More is no claim.
    static let sizeBytesMax = 64 << 10

    /// Of the record only what tells this work from another.
    init(_ run: RunRecord, at now: WallTime) {
        holder = RunRecord(id: run.id, status: .running)
        holder.project = run.project
        holder.stage = run.stage
        holder.started = now
        holder.config = run.config
        holder.seed = run.seed
        holder.code = run.code
        holder.data = run.data
        holder.env = run.env
        holder.rank = run.rank
        holder.worldSize = run.worldSize
        holder.process = run.process
        if run.config?.isEmpty ?? true { holder.extra["argv"] = run.extra["argv"] }
        namespace = Self.ownNamespace
    }

    /// Nil for what is no claim, or one of another version.
    init?(parsing bytes: [UInt8]) {
        guard let json = try? JSON(parsing: bytes), json["schema"] == .string(Self.schema),
            let run = json["run"], let holder = try? RunRecord(json: run), holder.process != nil
        else { return nil }
        self.holder = holder
        namespace = json["pid_namespace"]?.string
        isSweeping = json["sweeps"]?.bool ?? false
        guard let seconds = json["lease_s"]?.double, seconds > 0 else { return nil }
        leaseSeconds = min(seconds, Self.leaseSecondsMax)
    }

    /// As a file holds it, different each time.
    ///
    /// A configuration too large for a claim is left out: the claim's name still tells it.
    var bytes: [UInt8] {
        let full = bytes(of: holder)
        guard full.count > Self.sizeBytesMax else { return full }
        var short = RunRecord(id: holder.id, status: .running)
        short.project = String((holder.project ?? "").prefix(1024))
        short.started = holder.started
        short.process = holder.process
        return bytes(of: short)
    }

    private func bytes(of run: RunRecord) -> [UInt8] {
        var object = JSONObject()
        object["schema"] = .string(Self.schema)
        object["lease_s"] = .double(leaseSeconds)
        object["pid_namespace"] = namespace.map(JSON.string)
        if isSweeping { object["sweeps"] = .bool(true) }
        object["token"] = .string(Self.token())
        object["run"] = run.json
        return Array((JSON.object(object).text(.compact) + "\n").utf8)
    }

    private static let schema = "joulebook.claim/1"

    /// 32 random hexadecimal digits.
    static func token() -> String {
        let value = UInt128.random(in: 0...UInt128.max)
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 32 - digits.count) + digits
    }

    /// `pid:[4026531836]`; nil when it cannot be read.
    static var ownNamespace: String? {
        String(validating: linkTarget("/proc/self/ns/pid"), as: UTF8.self)
            .flatMap { $0.isEmpty ? nil : $0 }
    }
}
