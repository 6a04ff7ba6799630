import Glibc
import JouleMeters
import JouleQuantities
import Testing

@testable import JouleSampler

@Suite("A device's use by several processes")
struct DeviceShareTests {
    /// A device on which a test says who is.
    private struct Device: SharedDeviceMeter {
        let use: DeviceUse
        var found: [DeviceProcess] = []
        var description: MeterDescription {
            MeterDescription(
                device: DeviceID("gpu:0"),
                source: "fake",
                provenance: .counter,
                boundary: .device
            )
        }
        let uncertaintyRelative: Double? = nil
        let refreshNS: Int64 = 0
        let powerMax: Power? = nil

        func read(at now: Instant) throws(MeterError) -> EnergyReading { .power(Power(watts: 0)) }
        func processes(since: Instant) throws(MeterError) -> [DeviceProcess] { found }
    }

    /// This process and one that is never ours, with their uses at one look after the other.
    private func share(_ use: DeviceUse, _ looks: [(own: Double?, other: Double?)]) -> DeviceShare?
    {
        var shares = DeviceShares(at: 0)
        for (index, look) in looks.enumerated() {
            let found = [
                DeviceProcess(id: getpid(), use: look.own), DeviceProcess(id: 1, use: look.other),
            ]
            let isLast = index == looks.count - 1
            shares.look([(7, Device(use: use, found: found))], at: Int64(index), isLast: isLast)
        }
        return shares.shares[7]
    }

    @Test("What was done since counts at the end as well, what is held at the moment does not")
    func end() {
        let looks: [(own: Double?, other: Double?)] = [(30, 10), (30, 10), (0, 40)]
        #expect(share(.sinceThen, looks) == DeviceShare(rule: .utilization, share: 0.5))
        #expect(share(.now, looks) == DeviceShare(rule: .occupancy, share: 0.75))
    }

    @Test("A run that ends before anybody looked has no share by what is held at the end")
    func short() { #expect(share(.now, [(0, 40)]) == nil) }

    @Test(
        "Where somebody's use is not told there is no share",
        arguments: [DeviceUse.sinceThen, .now]
    )
    func untold(use: DeviceUse) { #expect(share(use, [(30, nil), (30, 10)]) == nil) }

    @Test("Who is alone has all of it, whatever it used")
    func alone() {
        var shares = DeviceShares(at: 0)
        let found = [DeviceProcess(id: getpid(), use: nil)]
        shares.look([(7, Device(use: .now, found: found))], at: 1, isLast: true)
        #expect(shares.shares == [7: DeviceShare(rule: .soleUser, share: 1)])
    }
}
