import JouleFile
import JouleQuantities
import Testing

@testable import JouleExchange

@Suite("Import of nvidia-smi's logs")
struct NvidiaSMIImportTests {
    private static let header = "timestamp, uuid, power.draw [W]\n"

    /// A line for a GPU so many milliseconds after the start.
    private func line(_ milliseconds: Int, _ gpu: String, _ power: String) -> String {
        "\(time(milliseconds)), \(gpu), \(power)\n"
    }

    private func time(_ milliseconds: Int) -> String {
        let (hour, rest) = (milliseconds / 3_600_000, milliseconds % 3_600_000)
        func digits(_ number: Int, _ count: Int) -> String {
            String(repeating: "0", count: count - "\(number)".count) + "\(number)"
        }
        return "2026/03/02 \(digits(10 + hour, 2)):\(digits(rest / 60_000, 2)):"
            + "\(digits(rest / 1000 % 60, 2)).\(digits(rest % 1000, 3))"
    }

    /// GPU-a at these powers, a second apart.
    private func log(_ powers: String..., header: String = header) -> String {
        header + powers.enumerated().map { line($0 * 1000, "GPU-a", $1) }.joined()
    }

    private func read(_ text: String) throws -> RunRecord {
        let records = try reading(Array(text.utf8), as: "log.csv", NvidiaSMIImport.read(path:))
        #expect(records.count == 1)
        return try #require(records.first)
    }

    private func message(_ text: String) -> String { words(ofErrorIn: { try read(text) }) }

    private func joules(_ text: String) throws -> [Double] {
        try read(text).deviceEnergy.map(\.measured.energy.joules)
    }

    @Test("Power is integrated by trapezoids into one run with one meter")
    func trapezoids() throws {
        let run = try read(log("100.00 W", "300.00 W", "200.00 W"))
        // 2026-03-02T10:00:00Z
        #expect(run.started?.unixSeconds == 1_772_445_600 && run.durationSeconds == 2)
        #expect(run.assumed == ["status", "started", "ended"])
        #expect(run.energy == Energy(joules: 450) && run.declared == nil)
        let meter = try #require(run.meters.first)
        #expect(meter.device.description == "gpu:GPU-a" && meter.identity == "nvml:GPU-a")
        #expect(meter.provenance == .integratedPower && meter.boundary == .device)
        #expect(meter.source == "nvidia-smi:power.draw" && meter.extra["interval_s"] == 1.0)
        let energy = try #require(run.deviceEnergy.first?.measured)
        #expect(energy.coverage == 1 && energy.flags.isEmpty)
        // Half of each step and half a second at both ends, beside a tenth of the sensor.
        let unsure = (100.0 + 50 + 50 + 100) / 450
        #expect(energy.uncertaintyRelative == (0.01 + unsure * unsure).squareRoot())
    }

    @Test("Units in the cells, none, and blanks of any kind are the same")
    func dialects() throws {
        let text = log("100.00 W", "300.00 W")
        let bare = text.replacing(".00 W", with: "")
        #expect(try joules(text) == [200])
        #expect(try joules(bare) == [200])
        #expect(try joules(text.replacing(", ", with: ",")) == [200])
        #expect(try joules("\u{FEFF}" + text.replacing("\n", with: "\r\n\r\n")) == [200])
        #expect(try joules(log("100", "300", header: "timestamp, gpu_uuid, power.draw\n")) == [200])
    }

    @Test("GPUs are told apart in whatever order their lines come, and add")
    func severalGPUs() throws {
        var text = Self.header
        for second in 0..<10 {
            let order = second % 2 == 0 ? ["a", "b"] : ["b", "a"]
            for (place, gpu) in order.enumerated() {
                let power = gpu == "a" ? "100 W" : "50 W"
                text += line(second * 1000 + place * 3, "GPU-\(gpu)", power)
            }
        }
        let run = try read(text)
        #expect(run.meters.map(\.device.description) == ["gpu:GPU-a", "gpu:GPU-b"])
        let found = run.deviceEnergy.map(\.measured.energy.joules)
        #expect(abs(found[0] - 900.3) < 1e-9 && abs(found[1] - 449.85) < 1e-9)
        #expect(run.energy == Energy(joules: found[0] + found[1]))
        #expect(run.hardware?.devices == [.init(kind: "gpu", name: nil, count: 2)])
        #expect(run.deviceEnergy.allSatisfy { $0.measured.coverage > 0.999 })
    }

    @Test(
        "What is not known is a gap and never 0",
        arguments: ["[N/A]", "[Not Supported]", "ERR!"]
    )
    func unknown(word: String) throws {
        let run = try read(log("100 W", "100 W", word, "100 W", "100 W"))
        let energy = try #require(run.deviceEnergy.first?.measured)
        #expect(energy.energy == Energy(joules: 200) && energy.coverage == 0.5)
        #expect(energy.flags == .readFailed)
    }

    @Test("A pause of more than three usual ones is a gap, one of fewer is not")
    func gaps() throws {
        let steady = (0...20).map { line($0 * 1000, "GPU-a", "100 W") }.joined()
        func energy(pause: Int) throws -> MeasuredEnergy {
            let end = line(20_000 + pause, "GPU-a", "100 W")
            return try #require(try read(Self.header + steady + end).deviceEnergy.first).measured
        }
        #expect(try energy(pause: 2900).energy == Energy(joules: 2290))
        #expect(try energy(pause: 2900).coverage == 1)
        let far = try energy(pause: 60_000)
        #expect(far.energy == Energy(joules: 2000) && far.coverage == 0.25)
        #expect(far.flags == .readFailed)
        let slow = (0...20).map { line($0 * 60_000, "GPU-a", "100 W") }.joined()
        #expect(try joules(Self.header + slow) == [120_000])
    }

    @Test("A mean of a second is read before a moment's power, by GPU")
    func columns() throws {
        let header =
            "power.draw.instant [W], power.draw [W], power.limit [W], index, timestamp, "
            + "power.draw.average [W], driver_version, mig.mode.current\n"
        func row(_ second: Int, _ gpu: Int, _ average: String) -> String {
            "1 W, 2 W, 700.00 W, \(gpu), \(time(second * 1000)), \(average), 580.1, Enabled\n"
        }
        let run = try read(
            header + row(0, 0, "3 W") + row(0, 1, "[N/A]") + row(1, 0, "3 W") + row(1, 1, "[N/A]")
        )
        #expect(run.energy == Energy(joules: 5))
        #expect(
            run.meters.map(\.source) == ["nvidia-smi:power.draw.average", "nvidia-smi:power.draw"]
        )
        #expect(run.meters.map(\.device.description) == ["gpu:0", "gpu:1"])
        // A number does not name the same GPU on another machine.
        #expect(run.meters.allSatisfy { $0.identity == nil })
        let extra = try #require(run.meters.first?.extra)
        #expect(
            extra["power_limit_w"] == 700.0 && extra["driver"] == "580.1" && extra["mig"] == true
        )
    }

    @Test("A GPU whose power is never told is absent; the others are read")
    func absent() throws {
        var text = Self.header
        for second in 0..<3 {
            text += line(second * 1000, "GPU-a", "100 W") + line(second * 1000, "GPU-b", "[N/A]")
        }
        let run = try read(text)
        #expect(run.meters.count == 1 && run.energy == Energy(joules: 200))
        #expect(run.extra["absent_meters"]?.array?.count == 1)
        #expect(message(log("[N/A]", "[N/A]")).contains("no GPU has two readings of its power"))
    }

    @Test("Without a header one time and one power in W are found, or the file is refused")
    func headerless() throws {
        let plain = "\(time(0)), 100.00 W\n\(time(1000)), 300.00 W\n"
        let run = try read(plain)
        #expect(run.energy == Energy(joules: 200) && run.assumed.contains("meters"))
        #expect(run.meters.first?.device.description == "gpu")
        let full =
            "0, GPU-a, 00000000:00:06.0, \(time(0)), 100 W\n"
            + "0, GPU-a, 00000000:00:06.0, \(time(1000)), 300 W\n"
        #expect(try read(full).meters.first?.identity == "nvml:GPU-a")
        for text in [
            "\(time(0)), 100\n\(time(1000)), 300\n", "\(time(0)), 1 W, 2 W\n", "a, b\n", "100 W\n",
        ] {
            #expect(message(text).contains("line 1: neither a header nor"), "\(text)")
        }
    }

    @Test("Lines of several GPUs that nothing tells apart are refused", arguments: [2, 4, 8, 16])
    func interleaved(gpus: Int) {
        let lines = (0..<20).flatMap { second in
            (0..<gpus).map { "\(time(second * 1000 + $0 * 2)), 100 W\n" }
        }
        #expect(message(lines.joined()).contains("readings of several GPUs that no column tells"))
        let header = "timestamp, power.draw [W]\n"
        #expect(message(header + lines.joined()).contains("readings of several GPUs"))
    }

    @Test("An unfinished last line is no reading, and the record says so")
    func unfinished() throws {
        let run = try read(log("100 W", "100 W") + "\(time(2000)), GPU-a, 10")
        #expect(run.energy == Energy(joules: 100))
        #expect(run.extra["nvidia_smi"] == ["unfinished_line": 4])
    }

    @Test("The name of a run is that of its bytes")
    func names() throws {
        let (one, other) = (try read(log("1 W", "2 W")), try read(log("1 W", "3 W")))
        #expect(one.id != other.id)
        #expect(try read(log("1 W", "2 W")).id == one.id)
    }

    @Test("dmon's dates, units and repeated headers are read")
    func dmon() throws {
        let header = "#Date, Time, gpu, pwr, sm\n#YYYYMMDD, HH:MM:SS, Idx, W, %\n"
        let rows = (0..<4).map { " 20260302, 10:00:0\($0), 1, \($0 == 3 ? "-" : "100"), 0\n" }
        let run = try read(header + rows[0] + rows[1] + header + rows[2] + rows[3])
        #expect(run.energy == Energy(joules: 200) && run.started?.unixSeconds == 1_772_445_600)
        #expect(run.meters.first?.device.description == "gpu:1")
        #expect(run.meters.first?.source == "nvidia-smi:pwr")
        let text = "# gpu   pwr\n# Idx     W\n    0   100\n"
        #expect(message(text).contains("let dmon write one by --format csv -o DT"))
        #expect(message(header.replacing("W,", with: "mW,")).contains("field pwr: expected watts"))
        #expect(
            message(header.replacing("Time, ", with: "").replacing("HH:MM:SS, ", with: ""))
                .contains("line 1: field Time: the column is missing")
        )
    }

    @Test(
        "A bad power is named by its line, column and reason",
        arguments: ["NaN", "-1 W", "1e7 W", "inf", "0x1", "100 kW", "1e400", "100W", "W"]
    )
    func badPower(value: String) {
        let text = message(log("100 W", value))
        #expect(text.contains("log.csv: line 3: field power.draw: "), "\(text)")
    }

    @Test(
        "A bad line is named with its reason",
        arguments: [
            ("2026/03/02 09:59:59.000, GPU-a, 1 W", "field timestamp: before the last one"),
            ("2026/03/02 10:00:01.000, GPU-a, 1 W", "field timestamp: the same time again"),
            ("2026/02/30 10:00:00.000, GPU-a, 1 W", "field timestamp: "),
            ("1969/12/31 10:00:00.000, GPU-a, 1 W", "field timestamp: "),
            ("yesterday, GPU-a, 1 W", "field timestamp: "), (", GPU-a, 1 W", "field timestamp: "),
            ("2026/03/02 10:00:02.000, , 1 W", "field uuid: \"\" names no GPU"),
            ("2026/03/02 10:00:02.000, [N/A], 1 W", "field uuid: "),
            ("2026/03/02 10:00:02.000, GPU-a", "2 fields where the first line has 3"),
            ("No devices were found", "1 fields where the first line has 3"),
            ("timestamp, uuid, power.draw [W]", "the header again: two logs in one file"),
            ("#Date, Time, gpu, pwr", "a header of dmon in another log"),
        ]
    )
    func badLine(line: String, reason: String) {
        let text = message(log("1 W", "1 W") + line + "\n")
        #expect(text.contains("log.csv: line 4: \(reason)"), "\(text)")
    }

    @Test("What is no log of power is refused with the reason")
    func noLog() {
        #expect(message("").contains("the file is empty"))
        #expect(message("\n\n").contains("holds no readings"))
        #expect(message(Self.header).contains("holds no readings"))
        #expect(message(log("1 W")).contains("no GPU has two readings"))
        #expect(
            message("timestamp, uuid\n").contains("field power.draw: the column is missing")
        )
        #expect(message("timestamp, power.draw [mW]\n").contains("expected watts, not \"mW\""))
        #expect(message("timestamp, uuid, uuid, power.draw\n").contains("field uuid: the column"))
        #expect(message(log("1 W") + "\u{0}").contains("a binary file"))
        #expect(
            message(log("1 W") + String(repeating: "a", count: 300_000)).contains("longer than")
        )
        let many = (0...1024).map { line($0, "GPU-\($0)", "1 W") }.joined()
        #expect(message(Self.header + many).contains("line 1026: more than 1024 GPUs"))
    }
}
