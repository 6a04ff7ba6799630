import Glibc
import JouleMeters
import JouleQuantities

/// The counters, opened once, and what is told of them: coarse, and renewed on the daemon's own beat only.
struct CounterSet {
    /// `Schemas/meterd.md` says why not more often and not finer.
    static let beatNS: Int64 = 100_000_000
    static let stepMicrojoules: UInt64 = 1_000_000
    /// Beats in a row for which a counter may fail before somebody should look for it anew.
    private static let failuresMax = 100
    /// Counters are renewed in steps, so that a short time may hold the energy of a longer one.
    private static let slackSeconds = 0.1

    /// What every client is told until the next beat.
    private(set) var reply: [UInt8] = []
    var count: Int { counters.count }
    /// Whether a counter has failed for so long that it will not come back by itself.
    var isBroken: Bool { counters.contains { $0.failures >= Self.failuresMax } }

    private struct Counter {
        let facts: RAPLCounter
        let descriptor: Int32
        var previous: (microjoules: UInt64, atNS: Int64)?
        /// Since the first reading.
        var totalMicrojoules: UInt64 = 0
        var failures = 0

        enum Reading {
            case read, unreadable
            /// What was used since the last reading is not known.
            case restarted
        }

        /// Adds what was used since the last reading.
        mutating func read(at nowNS: Int64) -> Reading {
            guard let value else { return .unreadable }
            defer { previous = (value, nowNS) }
            guard let (before, atNS) = previous else { return .read }
            var used = value &- before
            if value < before {
                // A smaller value is one lap.
                guard let range = facts.range, before <= range else { return .restarted }
                used = range - before &+ value &+ 1
            }
            let seconds = Double(nowNS &- atNS) * 1e-9 + CounterSet.slackSeconds
            // More than the device can draw means that the counter began anew.
            let watts = facts.powerMax?.watts ?? .infinity
            guard Double(used) * 1e-6 <= watts * seconds else { return .restarted }
            totalMicrojoules &+= used
            return .read
        }

        private var value: UInt64? {
            var buffer = [UInt8](repeating: 0, count: 32)
            let got = unsafe pread(descriptor, &buffer, buffer.count, 0)
            guard got > 0, let value = RAPLCounter.microjoules(in: buffer[..<got]),
                value <= facts.range ?? .max
            else { return nil }
            return value
        }
    }

    private var counters: [Counter] = []
    /// When it was that everything since is known.
    private var startedNS: Int64

    init(roots: SystemRoots) throws(Failure) {
        startedNS = MonotonicClock.nowNS()
        let found = RAPLCounter.all(roots: roots)
        // Clients refuse a device of another name.
        let known = found.counters.filter { MeterdReply.isDevice($0.device.description[...]) }
        if known.count < found.counters.count { say("zones of unknown names are left out") }
        for facts in known.prefix(MeterdReply.countersMax) {
            let descriptor = unsafe open(facts.path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
            guard descriptor >= 0 else {
                throw .system("\(facts.path): \(systemMessage(errno))")
            }
            counters.append(Counter(facts: facts, descriptor: descriptor))
        }
        for absent in found.absent { say(absent.reason) }
        guard !counters.isEmpty else { throw .unavailable("there is no counter to read here") }
        sample(at: startedNS)
    }

    /// Reads every counter and renews the reply.
    mutating func sample(at nowNS: Int64) {
        for place in counters.indices {
            let reading = counters[place].read(at: nowNS)
            counters[place].failures =
                reading == .unreadable ? counters[place].failures + 1 : 0
            // A client that asks seldom would miss it: to all of them it is as if this had begun anew.
            if reading == .restarted { startedNS = nowNS }
        }
        let told = counters.map { counter in
            MeterdReply.Counter(
                device: counter.facts.device,
                enclosedBy: counter.facts.enclosedBy,
                steps: counter.failures == 0
                    ? counter.totalMicrojoules / Self.stepMicrojoules : nil
            )
        }
        reply = Array(
            MeterdReply(
                startedNS: UInt64(clamping: startedNS),
                beatNS: UInt64(Self.beatNS),
                stepMicrojoules: Self.stepMicrojoules,
                counters: told
            ).text.utf8
        )
    }
}
