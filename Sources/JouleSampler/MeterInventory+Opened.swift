import CJouleSystem
package import JouleMeters
package import JouleQuantities
import JouleSystem

extension MeterInventory {
    /// The same with what its drivers have, each of which is waited for so long.
    package func opened(withinNS patienceNS: Int64) -> MeterInventory {
        measured(withinNS: patienceNS, forNS: nil).inventory
    }

    /// The same, and what its meters measure over `forNS` from then on, by number.
    package func measured(
        withinNS patienceNS: Int64,
        forNS durationNS: Int64?
    ) -> (inventory: MeterInventory, energies: [Int: MeasuredEnergy]) {
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
        let energies = Lock<[Int: MeasuredEnergy]>([:])
        if let durationNS {
            let start = EnergySampler.now()
            let window = sampler.openWindow(at: start)
            let end = Instant(nanoseconds: start.nanoseconds &+ durationNS)
            joule_sleep_until(end.nanoseconds)
            sampler.closeWindow(window, at: end) { parts in
                energies.withLock { for part in parts { $0[part.meter] = part.measured } }
            }
        }
        sampler.stop()
        let all = found.withLock { $0 }
        let inventory = MeterInventory(meters: all.meters, absent: all.absent, idle: idle)
        return (inventory, energies.withLock { $0 })
    }
}
