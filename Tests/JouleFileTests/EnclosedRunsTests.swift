import JouleFile
import JouleQuantities
import Testing

@Suite("A program measured from outside and from within")
struct EnclosedRunsTests {
    private func run(
        _ name: String,
        at start: Double,
        joules: Double,
        inside outer: String? = nil,
        identity: String = "boot/zone"
    ) throws -> RunRecord {
        var run = RunRecord(id: try #require(RunID(name)), status: .finished)
        run.started = WallTime(unixSeconds: start)
        run.ended = WallTime(unixSeconds: start + 10)
        run.meters = [
            MeterDescription(
                device: DeviceID("cpu:0/package"),
                source: "rapl:powercap",
                provenance: .counter,
                boundary: .device,
                identity: identity
            )
        ]
        let measured = MeasuredEnergy(
            energy: Energy(joules: joules),
            coverage: 1,
            uncertaintyRelative: nil
        )
        run.deviceEnergy = [DeviceEnergy(meter: 0, measured: measured)]
        run.energy = Energy(joules: joules)
        if let outer {
            run.env = try JSON(parsing: #"{"JOULEBOOK_PARENT_RUN":"\#(outer)"}"#).object
        }
        return run
    }

    @Test("Sums over all runs hold every joule once, at every depth")
    func conservation() throws {
        let runs = [
            try run("outer", at: 0, joules: 1000),
            try run("a", at: 1, joules: 300, inside: "outer"),
            try run("b", at: 4, joules: 200, inside: "outer"),
            try run("a1", at: 2, joules: 50, inside: "a"),
        ]
        let counted = runs.countingEnclosedEnergyOnce()
        #expect(counted.map { $0.energy?.joules } == [500, 250, 200, 50])
        #expect(counted.compactMap { $0.energy?.joules }.reduce(0, +) == 1000)
    }

    @Test("Nothing is taken for another meter, another time, or an absent run")
    func independent() throws {
        let runs = [
            try run("outer", at: 100, joules: 1000),
            try run("elsewhere", at: 101, joules: 1, inside: "outer", identity: "other/zone"),
            try run("later", at: 200, joules: 2, inside: "outer"),
            try run("orphan", at: 101, joules: 4, inside: "gone"),
            try run("itself", at: 101, joules: 8, inside: "itself"),
        ]
        #expect(runs.countingEnclosedEnergyOnce() == runs)
    }

    @Test("Energy never becomes negative")
    func floor() throws {
        let runs = [
            try run("outer", at: 0, joules: 10), try run("a", at: 1, joules: 30, inside: "outer"),
        ]
        #expect(runs.countingEnclosedEnergyOnce()[0].energy?.joules == 0)
    }
}
