import Glibc
import JouleFile
import JouleQuantities
import JouleSampler
import JouleTestSupport
import Synchronization
import Testing

@testable import Joulebook

@Suite("This run's part of a shared machine")
struct AttributionTests {
    private func meter(
        _ device: String,
        in holder: String? = nil,
        idle: Double? = nil
    ) -> MeterDescription {
        var meter = MeterDescription(
            device: DeviceID(device),
            source: "fake",
            provenance: .counter,
            boundary: .device,
            enclosedBy: holder.map { DeviceID($0) }
        )
        meter.extra["idle_power_w"] = idle.map(JSON.double)
        return meter
    }

    private func document(
        _ sharing: Attribution.Sharing,
        _ meters: [MeterDescription],
        _ joules: [Double?],
        _ devices: [Int: DeviceShare] = [:]
    ) -> JSON? {
        let energies = joules.map { joules in joules.map { measured($0) } }
        return sharing.document(meters, energies, devices, beginning: JSONObject())
    }

    private func measured(_ joules: Double, coverage: Double = 1) -> MeasuredEnergy {
        MeasuredEnergy(
            energy: Energy(joules: joules),
            coverage: coverage,
            uncertaintyRelative: nil
        )
    }

    @Test("Processors go by time, a GPU by its use, and the rest is a line of its own")
    func rules() throws {
        let sharing = Attribution.Sharing(time: 0.25, reserved: nil, seconds: 10)
        let meters = [meter("cpu:0/package"), meter("cpu:0/dram"), meter("gpu:A"), meter("ram")]
        let shares = [2: DeviceShare(rule: .utilization, share: 0.5)]
        let told = try #require(document(sharing, meters, [400, 40, 1000, 70], shares))
        #expect(told["attributed_j"]?.double == 610.0)
        #expect(told["unattributed_j"]?.double == 900.0)
        let rules = told["devices"]?.array?.compactMap { $0["rule"]?.string }
        #expect(rules == ["cpu_time", "cpu_time", "sm_utilization"])
    }

    @Test("A divided GPU goes by what the run's MIG devices are of it, whoever was seen on it")
    func divided() throws {
        let sharing = Attribution.Sharing(time: 0.5, reserved: nil, seconds: 10)
        var part = meter("gpu:A")
        part.extra["mig"] = true
        var unknown = meter("gpu:B")
        unknown.extra = part.extra
        part.extra["mig_share"] = 0.125
        let alone = DeviceShare(rule: .soleUser, share: 1)
        let told = try #require(
            document(sharing, [part, unknown], [800, 500], [0: alone, 1: alone])
        )
        #expect(told["devices"]?.array?.map { $0["rule"]?.string } == ["mig_share"])
        #expect(told["attributed_j"]?.double == 100.0)
        #expect(told["unattributed_j"]?.double == 1200.0)
    }

    @Test("Idle energy goes by what is set apart, where both are known")
    func reservation() throws {
        let meters = [meter("cpu:0/package", idle: 20)]
        let sharing = Attribution.Sharing(time: 0.9, reserved: 0.25, seconds: 10)
        let told = try #require(document(sharing, meters, [600]))
        let own = try #require(told["attributed_j"]?.double)
        #expect(abs(own - 410) < 1e-9)
        #expect(told["devices"]?.array?.first?["rule"]?.string == "cpu_time_and_reservation")
        // Idle power above what was used is all of it.
        let quiet = try #require(document(sharing, meters, [100]))
        let rest = try #require(quiet["attributed_j"]?.double)
        #expect(abs(rest - 25) < 1e-9)
        let whole = Attribution.Sharing(time: 0.9, reserved: nil, seconds: 10)
        #expect(document(whole, meters, [600])?["attributed_j"]?.double == 540.0)
    }

    @Test("Idle energy is that of the time that was observed")
    func missed() throws {
        let sharing = Attribution.Sharing(time: 0.9, reserved: 0.25, seconds: 10)
        let half = measured(300, coverage: 0.5)
        let part = try #require(sharing.part(of: meter("cpu:0/package", idle: 20), half))
        // 100 J of idleness, 200 J of work.
        #expect(abs(part.share * 300 - (100 * 0.25 + 200 * 0.9)) < 1e-9)
    }

    @Test("Parts of a meter that no rule covers are attributed, each once")
    func enclosed() throws {
        let sharing = Attribution.Sharing(time: 0.5, reserved: nil, seconds: 10)
        let meters = [
            meter("platform/psys"), meter("cpu:0/package", in: "platform/psys"),
            meter("cpu:0/core", in: "cpu:0/package"),
        ]
        let told = try #require(document(sharing, meters, [1000, 600, 500]))
        #expect(told["attributed_j"]?.double == 300.0)
        #expect(told["unattributed_j"]?.double == 700.0)
    }

    @Test("Where nothing is known, nothing is said")
    func unknown() {
        let sharing = Attribution.Sharing(time: nil, reserved: nil, seconds: 10)
        #expect(document(sharing, [meter("cpu:0/package"), meter("gpu:A")], [1, nil]) == nil)
    }

    @Test(
        "A run that goes on keeps it now and then, with the time, and at its end once more without"
    )
    func goesOn() throws {
        let directory = TemporaryDirectory()
        var options = options(directory.path)
        options.intervalSeconds = 0.01
        let run = try start(options: options, meters: { _ in .fake })
        let recorder = try #require(run.recorder)
        while recorder.energy?.soFar == nil { usleep(1000) }
        let began = recorder.started.instant.nanoseconds
        /// What is kept once a part has ended so long after the beginning.
        func kept(after seconds: Int64) throws -> Double? {
            let instant = Instant(nanoseconds: began + seconds * 1_000_000_000)
            let wall = try #require(WallTime(unixSeconds: Double(seconds)))
            let window = recorder.openWindow(at: .now())
            recorder.closeWindow(window, at: Stamp(instant: instant, wall: wall), as: .phase(0))
            // Jobs are done in their order.
            let done = Mutex(false)
            let isTaken = recorder.background.add { { done.withLock { $0 = true } } }
            #expect(isTaken)
            while !done.withLock({ $0 }) { usleep(1000) }
            return try readBack(run).extra["attribution"]?["until"]?.double
        }
        #expect(try kept(after: 59) == nil)
        #expect(try kept(after: 60) == 60)
        #expect(try kept(after: 65) == 60, "not a tenth longer")
        #expect(try kept(after: 66) == 66)
        try run.finish()
        let last = try #require(try readBack(run).extra["attribution"])
        #expect(last["until"] == nil && last["attributed_j"] != nil)
    }
}
