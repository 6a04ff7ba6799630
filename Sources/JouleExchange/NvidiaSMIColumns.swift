import JouleQuantities

/// Where in the lines of an nvidia-smi log its times, GPUs and powers stand.
struct NvidiaSMIColumns {
    /// A column with the name that nvidia-smi gives it, without its unit.
    struct Column: Hashable {
        let name: String
        let place: Int
    }

    /// One column, or date and time.
    let times: [Column]
    /// Names the GPU of a line, the best name first; empty where nothing does.
    let gpus: [Column]
    /// In watts, the best first.
    let powers: [Column]
    /// What is told of a GPU beside its power, by the name of the column.
    let facts: [Column]
    let count: Int
    /// Whether this was made of the first readings, as there is no header.
    var isGuessed = false

    static let uuid = ["uuid", "gpu_uuid"]
    static let bus = ["pci.bus_id", "gpu_bus_id"]
    static let index = ["index", "gpu"]
    private static let facts = [
        "name", "gpu_name", "driver_version", "power.limit", "mig.mode.current",
    ]
    /// A mean of a second misses nothing between readings that come as often, a moment's power does.
    private static let powers = ["power.draw.average", "power.draw", "power.draw.instant", "pwr"]

    /// Columns of `--query-gpu`, whose header is like `timestamp, uuid, power.draw [W]`.
    init(query cells: [String]) throws(Refusal) {
        let named = cells.map { cell -> (name: String, unit: String?) in
            guard cell.hasSuffix("]"), let open = cell.lastIndex(of: "[") else {
                return (cell, nil)
            }
            let unit = cell[cell.index(after: open)...].dropLast()
            return (String(cell[..<open]).withoutOuterBlanks, String(unit))
        }
        try self.init(names: named.map(\.name), units: named.map(\.unit), times: ["timestamp"])
    }

    /// Columns of `dmon --format csv -o DT`, whose header is two lines with a `#`.
    init(dmon names: [String], units: [String]) throws(Refusal) {
        try self.init(names: names, units: units, times: ["Date", "Time"])
    }

    private init(names: [String], units: [String?], times: [String]) throws(Refusal) {
        let all = names.enumerated().map { Column(name: $1, place: $0) }
        func columns(_ wanted: [String]) -> [Column] {
            wanted.flatMap { name in all.filter { $0.name == name } }
        }
        self.times = columns(times)
        gpus = [Self.uuid, Self.bus, Self.index].flatMap(columns)
        powers = columns(Self.powers)
        facts = columns(Self.facts)
        count = names.count
        let used = self.times + gpus + powers + facts
        for column in used where used.count(where: { $0.name == column.name }) > 1 {
            throw Refusal(field: column.name, reason: "the column stands twice")
        }
        for name in times where !self.times.contains(where: { $0.name == name }) {
            throw Refusal(field: name, reason: "the column is missing")
        }
        guard !powers.isEmpty else {
            let name = times.count > 1 ? "pwr" : "power.draw"
            throw Refusal(field: name, reason: "the column is missing")
        }
        for column in powers {
            guard let unit = units[column.place], unit != "W" else { continue }
            let reason = "expected watts, not \(CSVCells.quoted(unit))"
            throw Refusal(field: column.name, reason: reason)
        }
    }

    /// Columns of `noheader`, told by what stands in the first line.
    init(guessing cells: [String]) throws(Refusal) {
        let all = cells.enumerated().map { Column(name: $1, place: $0) }
        func only(_ name: String, where isIt: (String) -> Bool) -> Column? {
            let found = all.filter { isIt($0.name) }
            return found.count == 1 ? found.first.map { Column(name: name, place: $0.place) } : nil
        }
        guard let time = only("timestamp", where: { NvidiaSMIImport.nanoseconds($0) != nil }),
            let power = only("power.draw", where: { $0.hasSuffix(" W") })
        else {
            throw Refusal(
                field: "",
                reason: "neither a header nor one time and one power in W; put the header before "
                    + "it, such as: timestamp, uuid, power.draw [W]"
            )
        }
        times = [time]
        powers = [power]
        gpus = [
            only("uuid", where: { $0.hasPrefix("GPU-") }),
            only("pci.bus_id", where: { $0.split(separator: ":").count == 3 && $0.contains(".") }),
        ].compactMap { $0?.place == time.place ? nil : $0 }
        facts = []
        count = cells.count
        isGuessed = true
    }

    /// Why a line is no header.
    struct Refusal: Error {
        let field: String
        let reason: String
    }
}
