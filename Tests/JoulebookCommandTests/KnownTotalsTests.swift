import FoundationEssentials
import JouleExchange
import JouleFile
import JouleLifecycle
import JouleQuantities
import JouleTestSupport
import Testing

@Suite("The total of a project is the true one, whatever its ledgers repeat")
struct KnownTotalsTests {
    private static let begin = 1_700_000_000

    /// A machine of steady power with one meter.
    private struct Node {
        let name: String
        let watts: Double

        var meter: MeterDescription {
            MeterDescription(
                device: DeviceID("cpu:0/package"),
                source: "rapl:powercap",
                provenance: .counter,
                boundary: .device,
                identity: "boot-\(name)/intel-rapl:0"
            )
        }
    }

    /// Writes what one process saw of a node from one second to another; a killed one leaves no end.
    private func write(
        _ id: String,
        to path: String,
        on node: Node,
        _ seconds: ClosedRange<Int>,
        pid: Int64,
        rank: (number: Int64, of: Int64)? = nil,
        status: RunStatus = .finished
    ) throws {
        let record: JSON = [
            "run_id": .string(id), "status": "running", "stage": "training",
            "started": .integer(Int64(Self.begin + seconds.lowerBound)),
            "process": ["host": .string(node.name), "pid": .integer(pid)],
            "rank": rank.map { .integer($0.number) } ?? .null,
            "world_size": rank.map { .integer($0.of) } ?? .null,
        ]
        let writer = try LedgerWriter.create(at: path, run: RunRecord(json: record))
        writer.describe(meters: [node.meter])
        for second in seconds.dropFirst() {
            writer.appendTelemetry(
                meter: 0,
                at: moment(second),
                energyJoules: node.watts * Double(second - seconds.lowerBound),
                powerWatts: nil
            )
        }
        let joules = node.watts * Double(seconds.count - 1)
        let measured = MeasuredEnergy(
            energy: Energy(joules: joules),
            coverage: 1,
            uncertaintyRelative: 0.01
        )
        writer.appendEnergy(.run, meter: 0, measured)
        writer.finish(status: status, ended: moment(seconds.upperBound), metrics: nil)
    }

    private func moment(_ second: Int) -> WallTime {
        WallTime(unixNanoseconds: Int64(Self.begin + second) * 1_000_000_000)
    }

    private func summary(_ folder: String) throws -> LifecycleSummary {
        var options = LifecycleOptions()
        options.region = "FR"
        options.pue = 1.5
        let directory = try LedgerDirectory(reading: folder)
        let whole = try LifecycleSummary(LifecycleRuns(directory.reconciled()), options: options)
        let feed = try RunFactsFeed(reading: folder)
        let summary = try LifecycleSummary(LifecycleRuns(feed), options: options)
        // Without records in between it is the same, to the last digit.
        #expect(summary.json == whole.json && feed.inputs == directory.inputs)
        return summary
    }

    private func isClose(_ value: Double?, _ expected: Double) -> Bool {
        value.map { abs($0 - expected) <= 1e-9 * expected } ?? false
    }

    @Test(
        "Eight ranks on each of two nodes, a tracker within, copies, a resumed run, and CodeCarbon"
    )
    func project() throws {
        let directory = TemporaryDirectory()
        let folder = directory.path + "/ledgers"
        let files = FileManager.default
        try files.createDirectory(atPath: folder + "/copies", withIntermediateDirectories: true)
        let nodes = [Node(name: "a", watts: 400), Node(name: "b", watts: 300)]
        for rank in 0..<16 {
            try write(
                "ddp",
                to: "\(folder)/ddp-r\(rank).joule",
                on: nodes[rank / 8],
                0...100,
                pid: Int64(100 + rank),
                rank: (Int64(rank), 16)
            )
        }
        let alone = 100 * (400 + 300) / 3.6e6
        #expect(isClose(try summary(folder).totals.it?.point?.kilowattHours, alone))
        // Another tracker on the first node, while the ranks ran.
        try write("inner", to: folder + "/inner.joule", on: nodes[0], 20...40, pid: 7)
        #expect(isClose(try summary(folder).totals.it?.point?.kilowattHours, alone))
        for name in ["ddp-r3", "ddp-r12", "inner"] {
            try files.copyItem(
                atPath: "\(folder)/\(name).joule",
                toPath: "\(folder)/copies/\(name).joule"
            )
        }
        #expect(isClose(try summary(folder).totals.it?.point?.kilowattHours, alone))
        // Killed after 50 s, and resumed for 40 s behind a pause.
        let third = Node(name: "c", watts: 100)
        try write("long", to: folder + "/1.joule", on: third, 0...50, pid: 1, status: .killed)
        try write("long", to: folder + "/2.joule", on: third, 60...100, pid: 2)
        let resumed = 100 * (50 + 40) / 3.6e6
        #expect(isClose(try summary(folder).totals.it?.point?.kilowattHours, alone + resumed))
        // 0.05 kWh of a facility whose PUE of 1.25 is inside: 0.04 kWh of IT.
        let table = """
            timestamp,run_id,duration,energy_consumed,pue,project_name
            2023-11-15T10:00:00,cc,3600,0.05,1.25,theirs

            """
        try table.write(
            toFile: directory.path + "/emissions.csv",
            atomically: true,
            encoding: .utf8
        )
        let imported = try CodeCarbonImport.read(path: directory.path + "/emissions.csv")
        for _ in 1...2 {
            _ = try LedgerImport.write(imported, into: folder, kind: "codecarbon")
        }
        let whole = try summary(folder)
        #expect(whole.totals.runs == 4)
        #expect(isClose(whole.totals.it?.point?.kilowattHours, alone + resumed + 0.04))
        let facility = 1.5 * (alone + resumed) + 0.05
        #expect(isClose(whole.totals.facility?.point?.kilowattHours, facility))
        let grams = whole.totals.carbon?.point?.grams
        #expect(isClose(grams, facility * 44.179))
        // In one pack it is the same.
        _ = try LedgerPack.write(folder, to: directory.path + "/all.joule")
        let packed = try summary(directory.path + "/all.joule")
        #expect(packed.totals.it?.point == whole.totals.it?.point)
        #expect(packed.totals.runs == 4)
    }
}
