import JouleQuantities

/// One GPU of an nvidia-smi log.
struct NvidiaSMIGPU {
    /// By column of power.
    var traces: [PowerTrace]
    var lastNS: Int64?

    private let name: String
    private let uuid: String?
    private let index: Int64?
    private var facts: [String: String] = [:]

    /// More than any GPU draws.
    static let wattsMax = 1e6
    /// A judgement on the means of Ampere and Hopper; a log does not always tell what it is of.
    private static let uncertaintyRelative = 0.1

    /// `name` is its UUID, else its place on the bus, else its number; empty where nothing is known.
    init(named name: String, _ columns: NvidiaSMIColumns, _ cells: [ArraySlice<UInt8>]) {
        self.name = name
        let best = columns.gpus.first
        uuid = best.map { NvidiaSMIColumns.uuid.contains($0.name) } == true ? name : nil
        index = columns.gpus.first { NvidiaSMIColumns.index.contains($0.name) }
            .flatMap { Int64(String(decoding: cells[$0.place], as: UTF8.self)) }
        traces = columns.powers.map { _ in PowerTrace() }
    }

    var firstNS: Int64? { traces.first?.firstNS }

    var model: String? { facts["name"] ?? facts["gpu_name"] }

    /// Keeps what was told last.
    mutating func note(_ columns: [NvidiaSMIColumns.Column], of cells: [ArraySlice<UInt8>]) {
        for column in columns {
            let cell = cells[column.place]
            // Most lines say what the one before said.
            if let known = facts[column.name], known.utf8.elementsEqual(cell) { continue }
            guard !cell.isEmpty, cell.first != UInt8(ascii: "["), cell.count <= 256 else {
                continue
            }
            facts[column.name] = String(decoding: cell, as: UTF8.self)
        }
    }

    /// The best power that it tells, integrated; nil where it tells none.
    func reading(of columns: NvidiaSMIColumns, windowNS: Int64) -> (
        MeterDescription, MeasuredEnergy
    )? {
        for (trace, column) in zip(traces, columns.powers) {
            let measured = trace.measured(
                windowNS: windowNS,
                // What is no mean of a second is renewed ten times as often.
                renewalNS: column.name == "power.draw.instant" ? 100_000_000 : 1_000_000_000,
                uncertaintyRelative: Self.uncertaintyRelative
            )
            if let measured { return (meter(reading: column.name, trace), measured) }
        }
        return nil
    }

    private func meter(reading column: String, _ trace: PowerTrace) -> MeterDescription {
        var meter = MeterDescription(
            device: DeviceID(name.isEmpty ? "gpu" : "gpu:\(name)"),
            source: "nvidia-smi:\(column)",
            provenance: .integratedPower,
            boundary: .device,
            // The same as where Joulebook itself reads the GPU, so that no joule is counted twice.
            identity: uuid.map { "nvml:\($0)" }
        )
        meter.extra["index"] = index.map(JSON.integer)
        meter.extra["name"] = model.map(JSON.string)
        meter.extra["driver"] = facts["driver_version"].map(JSON.string)
        meter.extra["power_limit_w"] = facts["power.limit"].flatMap { text in
            Double(text.hasSuffix(" W") ? String(text.dropLast(2)) : text)
        }.flatMap { 0...Self.wattsMax ~= $0 ? .double($0) : nil }
        if facts["mig.mode.current"] == "Enabled" {
            meter.extra["mig"] = .bool(true)
            meter.extra["scope"] = .string("the whole GPU: its MIG devices have no meters")
        }
        meter.extra["readings"] = .integer(Int64(trace.readings))
        meter.extra["interval_s"] = trace.intervalNS.map { .double(Double($0) / 1e9) }
        return meter
    }

    /// As `absent_meters` of a record has it.
    var absence: JSON {
        [
            "source": "nvidia-smi",
            "reason": .string(
                "\(name.isEmpty ? "the GPU" : name): no two powers in a row are told"
            ),
            "remedy": .null,
        ]
    }
}
