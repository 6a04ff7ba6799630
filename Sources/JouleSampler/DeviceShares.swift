import JouleMeters
import JouleQuantities

/// How much of a device that several processes use is this run's.
package struct DeviceShare: Sendable, Hashable {
    package enum Rule: String, Sendable {
        /// Nobody else was seen on the device.
        case soleUser = "sole_user"
        /// By the use of its multiprocessors.
        case utilization = "sm_utilization"
        /// By the compute units that were held whenever somebody looked.
        case occupancy = "cu_occupancy"
    }

    package let rule: Rule
    /// From 0 to 1.
    package let share: Double

    package init(rule: Rule, share: Double) {
        self.rule = rule
        self.share = share
    }
}

/// What was seen of the processes on one lane's devices.
struct DeviceShares: Sendable {
    fileprivate struct Sum: Sendable {
        var own = 0.0
        var others = 0.0
        var hasOwn = false
        var hasOthers = false
        /// Somebody's use was not told.
        var isUntold = false
        var use = DeviceUse.sinceThen
    }

    /// By the meter's number in the sampler.
    private var sums: [Int: Sum] = [:]
    private var lookedNS: Int64
    /// Processes of this run that were seen.
    private var own: Set<Int32> = []

    /// Between two looks, each of which asks the driver about its processes.
    private static let pauseNS: Int64 = 10_000_000_000

    init(at now: Int64) { lookedNS = now }

    func isDue(at now: Int64) -> Bool { now &- lookedNS >= Self.pauseNS }

    /// Looks at every device; what cannot be told is left out.
    ///
    /// `isLast` at the end of the run, which may hold nothing of a device any more.
    mutating func look(
        _ meters: [(number: Int, meter: any SharedDeviceMeter)],
        at now: Int64,
        isLast: Bool
    ) {
        guard !meters.isEmpty else { return }
        let since = Instant(nanoseconds: lookedNS)
        lookedNS = now
        for (number, meter) in meters {
            guard let processes = try? meter.processes(since: since) else { continue }
            let counts = meter.use == .sinceThen || !isLast
            sums[number, default: Sum()].use = meter.use
            for process in processes {
                // One that has ended since is known from an earlier look.
                if ProcessScope.holds(process.id) { own.insert(process.id) }
                let isOwn = own.contains(process.id)
                sums[number]?.add(process, isOwn: isOwn, counts: counts)
            }
        }
    }

    /// The share of each device; none where the driver does not tell, or names nobody that we know.
    var shares: [Int: DeviceShare] { sums.compactMapValues(\.share) }
}

extension DeviceShares.Sum {
    /// `counts` says whether its use is one of the run's time.
    fileprivate mutating func add(_ process: DeviceProcess, isOwn: Bool, counts: Bool) {
        if isOwn { hasOwn = true } else { hasOthers = true }
        guard counts else { return }
        guard let use = process.use else {
            isUntold = true
            return
        }
        if isOwn { own += use } else { others += use }
    }

    fileprivate var share: DeviceShare? {
        guard hasOwn else { return nil }
        guard hasOthers else { return DeviceShare(rule: .soleUser, share: 1) }
        guard !isUntold, own + others > 0 else { return nil }
        let rule = use == .now ? DeviceShare.Rule.occupancy : .utilization
        return DeviceShare(rule: rule, share: own / (own + others))
    }
}
