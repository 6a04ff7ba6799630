import JouleFile
import JouleQuantities
import Testing

@testable import JouleExchange

@Suite("Import of dcgmi dmon")
struct DCGMImportTests {
    /// As `dcgmi dmon -e 155,156` pads them.
    private static let header = """
        #Entity   POWER         TOTEC               \("")
        ID        W             mJ                  \("")

        """

    private func row(_ gpu: Int, _ millijoules: String, entity: String = "GPU") -> String {
        "\(entity) \(gpu)     95.080        \(millijoules)           \n"
    }

    private func read(_ text: String) throws -> RunRecord {
        let records = try reading(Array(text.utf8), as: "dmon.txt", DCGMImport.read(path:))
        #expect(records.count == 1)
        return try #require(records.first)
    }

    private func message(_ text: String) -> String { words(ofErrorIn: { try read(text) }) }

    @Test("The counter's last reading less its first is each GPU's energy")
    func counters() throws {
        let rows = (0..<20).map { second in
            (second % 15 == 14 ? Self.header : "") + row(0, "\(1_000_000 + second * 700_000)")
                + row(1, "\(5000 + second * 100_000)") + row(0, "N/A", entity: "GPU-I")
        }
        let run = try read(
            Self.header + rows.joined() + "\n\ndmon was stopped do to receiving a signal\n"
        )
        #expect(run.deviceEnergy.map(\.measured.energy.joules) == [13_300, 1900])
        #expect(run.energy == Energy(joules: 15_200) && run.hardware?.devices.first?.count == 2)
        #expect(run.meters.map(\.device.description) == ["gpu:0", "gpu:1"])
        #expect(run.meters.allSatisfy { $0.provenance == .counter && $0.identity == nil })
        #expect(
            run.deviceEnergy.allSatisfy { $0.measured.coverage == 1 && $0.measured.flags == [] }
        )
        // There are no times in it.
        #expect(run.started == nil && run.ended == nil && run.durationSeconds == nil)
        #expect(run.assumed == ["status"])
    }

    @Test("What is not known at an end is missing from the coverage, within it is counted")
    func unknown() throws {
        let within = try read(Self.header + ["0", "N/A", "3000"].map { row(0, $0) }.joined())
        #expect(within.deviceEnergy.first?.measured.energy == Energy(joules: 3))
        #expect(within.deviceEnergy.first?.measured.coverage == 1)
        #expect(within.deviceEnergy.first?.measured.flags == .readFailed)
        let end = try read(Self.header + ["N/A", "0", "3000"].map { row(0, $0) }.joined())
        #expect(end.deviceEnergy.first?.measured.coverage == 0.5)
    }

    @Test("An unfinished last line is no reading")
    func unfinished() throws {
        let run = try read(Self.header + row(0, "0") + row(0, "2000") + "GPU 0     95.080        9")
        #expect(run.energy == Energy(joules: 2))
    }

    @Test(
        "A bad line is named with its reason",
        arguments: [
            ("GPU 0 95 NaN", "field TOTEC: \"NaN\" is no number"),
            ("GPU 0 95 -1", "field TOTEC: \"-1\" is no number"),
            ("GPU 0 95 1.5", "field TOTEC: \"1.5\" is no number"),
            ("GPU 0 95 9223372036854775792", "field TOTEC: "),
            ("GPU 0 95 1", "field TOTEC: less than before"),
            ("GPU 0 95", "expected an entity with its number and 2 values"),
            ("GPU x 95 9000", "expected an entity"), ("GPU 0 95 9000 1", "expected an entity"),
            ("#Entity TOTEC", "another header"), ("GPU 0 95 é", "not the text of dcgmi dmon"),
            ("Error setting watches. Result: -1", "expected an entity"),
        ]
    )
    func badLine(line: String, reason: String) {
        let text = message(Self.header + row(0, "5000") + line + "\n")
        #expect(text.contains("dmon.txt: line 4: \(reason)"), "\(text)")
    }

    @Test("What is no log of energy is refused with the reason")
    func noLog() {
        #expect(message("").contains("the file is empty"))
        #expect(message(Self.header).contains("no GPU has two readings of its energy"))
        #expect(message(Self.header + row(0, "1")).contains("no GPU has two readings"))
        #expect(message(row(0, "1")).contains("line 1: a header of dcgmi dmon is expected first"))
        let power = "#Entity   POWER\nID        W\nGPU 0     95.080\n"
        #expect(message(power).contains("line 1: field TOTEC: the column is missing"))
        #expect(
            message("#Entity TOTEC\nID J\n").contains("line 2: field TOTEC: its unit is missing")
        )
        let many = (0...1024).map { row($0, "1") }.joined()
        #expect(message(Self.header + many).contains("line 1027: more than 1024 GPUs"))
    }
}
