import JouleFile
import JouleMeters
import JouleQuantities
import JouleTestSupport
import Joulebook
import Testing

@Suite("Doubts of meters")
struct MeterDoubtTests {
    @Test("What makes a meter's values doubtful is in the record, and its energy is kept")
    func told() throws {
        let directory = TemporaryDirectory()
        let doubt = MeterDoubt(
            what: "perf counted 2 J and powercap 1 J",
            at: Instant(nanoseconds: 0)
        )
        let meters = [
            FakeMeter("cpu:0/package", watts: 100, doubt: doubt),
            FakeMeter("cpu:0/dram", watts: 20),
        ]
        let inventory = MeterInventory(meters: meters, absent: [])
        let run = try start(in: directory.path, meters: { _ in inventory })
        run.beginEpoch(1).end(["loss": 1])
        try run.finish()
        let record = try readBack(run)
        let faults = record.extra["meter_faults"]?.array ?? []
        #expect(faults.map { $0["device"]?.string } == ["cpu:0/package"])
        #expect(faults.first?["what"]?.string == "cpu:0/package: \(doubt.what)")
        #expect(record.epochs.first?.deviceEnergy.count == 2)
    }
}
