package import JouleMeters
import JouleQuantities
import JouleSystem

extension MeterInventory {
    /// The same with what its drivers have, each of which is waited for so long.
    package func opened(withinNS patienceNS: Int64) -> MeterInventory {
        let found = Lock(FoundMeters(meters: meters, absent: absent))
        let sampler = EnergySampler.start(
            meters: meters,
            drivers: drivers,
            discovered: { more in
                found.withLock { found in
                    found.meters += more.meters
                    found.absent += more.absent
                }
            }
        )
        let deadline = Instant(nanoseconds: EnergySampler.now().nanoseconds &+ patienceNS)
        for case .driver(let name) in sampler.waitForDrivers(until: deadline) {
            let reason = "the library does not answer"
            let absent = AbsentMeter(source: name, reason: reason, remedy: nil)
            found.withLock { $0.absent.append(absent) }
        }
        sampler.stop()
        let all = found.withLock { $0 }
        return MeterInventory(meters: all.meters, absent: all.absent)
    }
}
