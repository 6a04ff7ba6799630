import Glibc
import JouleQuantities

/// RAPL's counters where only root may read them, by the privileged helper `joulebook-meterd`.
package struct MeterdDriver: MeterDriver {
    static let source = "rapl:meterd"
    package let library = MeterLibrary.driver(source)

    private let path: String
    private let boot: String?
    private let standIns: StandIns

    /// Models that are used for what the helper does not measure.
    struct StandIns: Sendable {
        var processors: (any EnergyMeter)?
        var memory: (any EnergyMeter)?

        var meters: [any EnergyMeter] { [processors, memory].compactMap { $0 } }
    }

    /// Whether there is a helper that this process may ask.
    enum Reach {
        case open(path: String)
        case absent(AbsentMeter?)
    }

    init(path: String, boot: String?, standIns: StandIns) {
        self.path = path
        self.boot = boot
        self.standIns = standIns
    }

    /// Looks for the helper's socket and asks nothing yet.
    ///
    /// `isWanted` tells whether counters are here that this process may not read itself; only then is the
    /// lack of a helper worth a word.
    static func reach(
        roots: SystemRoots,
        environment: (String) -> String?,
        isWanted: Bool
    ) -> Reach {
        let given = environment("JOULEBOOK_METERD")
        let path = given ?? roots.path(MeterdReply.socket)
        if unsafe access(path, R_OK | W_OK) == 0 { return .open(path: path) }
        let code = errno
        if code == EACCES || code == EPERM {
            let reason =
                "\(path) is not for this process: it is not in the group of joulebook-meterd"
            return .absent(AbsentMeter(source: source, reason: reason, remedy: groupRemedy))
        }
        guard isWanted || given != nil else { return .absent(nil) }
        let reason = "no joulebook-meterd is here: \(path): \(systemMessage(code))"
        return .absent(AbsentMeter(source: source, reason: reason, remedy: installRemedy))
    }

    private static let groupRemedy = """
        sudo usermod -aG \(MeterdReply.group) "$USER"   # then log in again
        """
    private static let installRemedy = """
        sudo joulebook-meterd install && sudo usermod -aG \(MeterdReply.group) "$USER"   \
        # built by 'make build'; then log in again
        """

    package func open() -> FoundMeters {
        let connection = MeterdConnection(path)
        let reply: MeterdReply
        do throws(MeterError) {
            reply = try connection.reply(for: 0)
        } catch {
            return FoundMeters(meters: standIns.meters, absent: [absence(error)])
        }
        var meters: [any EnergyMeter] = reply.counters.enumerated().compactMap { number, counter in
            guard let kind = MeterdReply.kind(of: counter.device.description) else { return nil }
            return MeterdMeter(number, counter, kind, of: reply, connection, boot: boot)
        }
        let kinds = reply.counters.compactMap { MeterdReply.kind(of: $0.device.description) }
        if !kinds.contains(where: { $0.isPackage || $0 == .psys }), let model = standIns.processors
        {
            meters.append(model)
        }
        if !kinds.contains(where: { $0 == .dram || $0 == .psys }), let model = standIns.memory {
            meters.append(model)
        }
        return FoundMeters(meters: meters)
    }

    private func absence(_ error: MeterError) -> AbsentMeter {
        var remedy: String?
        switch error {
        case .unreadable(_, ECONNREFUSED): remedy = "sudo systemctl restart joulebook-meterd"
        case .refused(_, MeterdConnection.refusal): remedy = Self.groupRemedy
        default: break
        }
        return AbsentMeter(source: Self.source, reason: "\(error)", remedy: remedy)
    }
}

/// An energy counter of a processor, read through the privileged helper.
private final class MeterdMeter: EnergyMeter {
    let description: MeterDescription
    let uncertaintyRelative: Double?
    let refreshNS: Int64
    let stepJoules: Double
    let powerMax: Power?

    private let number: Int
    private let connection: MeterdConnection

    init(
        _ number: Int,
        _ counter: MeterdReply.Counter,
        _ kind: RAPLZone.Kind,
        of reply: MeterdReply,
        _ connection: MeterdConnection,
        boot: String?
    ) {
        self.number = number
        self.connection = connection
        refreshNS = Int64(reply.beatNS)
        stepJoules = Double(reply.stepMicrojoules) * 1e-6
        uncertaintyRelative = RAPLMeter.uncertainty(of: kind)
        powerMax = RAPLMeter.powerMax(of: kind)
        var description = MeterDescription(
            device: counter.device,
            source: MeterdDriver.source,
            provenance: .counter,
            boundary: .device,
            enclosedBy: counter.enclosedBy,
            // As those who read the counter themselves name it.
            identity: boot.map { "\($0):rapl:\(counter.device)" }
        )
        description.extra["step_j"] = .double(stepJoules)
        self.description = description
    }

    func read(at now: Instant) throws(MeterError) -> EnergyReading {
        let reply = try connection.reply(for: number)
        let counter = reply.counters.first { $0.device == description.device }
        guard let steps = counter?.steps else {
            let reason = "joulebook-meterd cannot read \(description.device)"
            throw .refused(call: connection.path, reason: reason)
        }
        return .counter(steps, range: nil, joulesPerUnit: Double(reply.stepMicrojoules) * 1e-6)
    }
}
