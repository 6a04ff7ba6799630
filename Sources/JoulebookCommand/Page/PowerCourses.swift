import JouleExchange
import JouleFile
import JouleQuantities
import Joulebook

/// The power of a run's devices over time, thinned out to stretches of which lowest, mean and highest
/// are kept (`Schemas/page-telemetry.schema.json`).
struct PowerCourses {
    /// One device as one process read it.
    struct Device {
        let meter: MeterDescription
        let rank: Int?
        /// With the process where there are several.
        var name: String {
            rank.map { "\(meter.device), rank \($0)" } ?? meter.device.description
        }
        /// By stretch; empty before the first reading, as meters may be described without end.
        fileprivate(set) var low: [Double] = []
        fileprivate(set) var high: [Double] = []
        fileprivate(set) var sum: [Double] = []
        fileprivate(set) var count: [Int] = []
        /// The reading before, to tell the power of what only counts energy.
        fileprivate var last: (timeNS: Int64, joules: Double)?

        fileprivate init(_ meter: MeterDescription, rank: Int?) {
            self.meter = meter
            self.rank = rank
        }

        fileprivate var isRead: Bool { !count.isEmpty }
        /// The stretches with readings.
        fileprivate var filled: [Int] { count.indices.filter { count[$0] > 0 } }

        fileprivate mutating func makeRoom(_ points: Int) {
            low = Array(repeating: .infinity, count: points)
            high = Array(repeating: -.infinity, count: points)
            sum = Array(repeating: 0, count: points)
            count = Array(repeating: 0, count: points)
        }

        fileprivate mutating func take(
            _ readings: Readings,
            _ rows: Range<Int>,
            _ startNS: Int64,
            _ stretchNS: Double
        ) {
            for row in rows {
                let timeNS = Int64(bitPattern: readings.times[row])
                var power = readings.power(row)
                if let joules = readings.energy(row) {
                    if power == nil, let last, timeNS > last.timeNS, joules >= last.joules {
                        let elapsedNS = timeNS.subtractingReportingOverflow(last.timeNS)
                        let seconds = Double(elapsedNS.partialValue) / 1e9
                        power = elapsedNS.overflow ? nil : (joules - last.joules) / seconds
                    }
                    last = (timeNS, joules)
                }
                let sinceNS = timeNS.subtractingReportingOverflow(startNS)
                guard let power, power.isFinite, timeNS >= startNS, !sinceNS.overflow else {
                    continue
                }
                let place = Double(sinceNS.partialValue) / stretchNS
                let stretch = place < Double(low.count) ? Int(place) : low.count - 1
                low[stretch] = min(low[stretch], power)
                high[stretch] = max(high[stretch], power)
                sum[stretch] += power
                count[stretch] += 1
            }
        }
    }

    /// Unix seconds.
    let from: Double
    let to: Double
    let points: Int
    private(set) var devices: [Device] = []
    /// Readings that were looked at.
    private(set) var readings = 0
    /// Devices with readings that are not among them, because there are too many.
    private(set) var leftOut: Set<Int> = []
    private var taken = 0

    private let id: RunID
    private let startNS: Int64
    private let stretchNS: Double
    /// Whether less than the whole run is wanted.
    private let isPart: Bool

    private static let marginNS: Int64 = 2_000_000_000
    /// More nobody tells apart.
    private static let devicesMax = 64

    /// Nil where nothing tells when the run was.
    init?(of id: RunID, _ window: TelemetryWindow, in view: LedgerStore.View) {
        guard let row = view.rows.first(where: { $0.id == id }), let homes = view.homes[id],
            let start = window.from ?? (row.started.isFinite ? row.started : nil)
        else { return nil }
        let isOpen = row.isLive || !row.seconds.isFinite
        from = start
        to = window.to ?? (isOpen ? WallTime.now().unixSeconds : row.started + row.seconds)
        guard to > from, abs(from) < 9e9, abs(to) < 9e9 else { return nil }
        points = window.points
        isPart = window.from != nil || window.to != nil
        self.id = id
        startNS = Int64(from * 1e9)
        stretchNS = (to - from) * 1e9 / Double(points)
        for place in Set(homes.map(\.place)) { try? read(place) }
        devices = devices.filter(\.isRead)
        devices.sort { ($0.rank ?? 0, $0.meter.device) < ($1.rank ?? 0, $1.meter.device) }
    }

    private mutating func read(_ place: LedgerDirectory.Place) throws(LedgerError) {
        let name = place.member.map { "\(place.path)#\($0)" } ?? place.path
        for ledger in try LedgerPlace.all(below: place.path).places where ledger.path == name {
            let query = try ledger.open()
            for (number, run) in query.runs where run.id == id {
                try read(query, number, run)
            }
        }
    }

    private mutating func read(_ query: LedgerQuery, _ number: Int64, _ run: RunRecord)
        throws(LedgerError)
    {
        let names = ["run", "meter", "time", "energy", "power"]
        let columns = query.columns(of: .telemetry)
        let places = names.compactMap { name in columns.first { $0.name == name }?.number }
        guard places.count == names.count else { return }
        let first = devices.count
        for meter in run.meters { devices.append(Device(meter, rank: run.rank)) }
        var filters: [RowFilter] = []
        if query.runs.count > 1 {
            filters.append(RowFilter(column: places[0], .equal, .integer(number)))
        }
        if isPart {
            // A reading before the window tells the power at its beginning.
            let fromNS = startNS - Self.marginNS
            filters.append(RowFilter(column: places[2], .greaterOrEqual, .integer(fromNS)))
            filters.append(RowFilter(column: places[2], .lessOrEqual, .integer(Int64(to * 1e9))))
        }
        var cursor = try query.rows(of: .telemetry, columns: places, where: filters)
        while let rows = try cursor.next() { take(rows, of: run, from: first) }
    }

    private mutating func take(_ rows: LedgerRows, of run: RunRecord, from first: Int) {
        let readings = Readings(rows)
        guard let readings else { return }
        self.readings += rows.count
        var row = 0
        while row < rows.count {
            // Rows of a meter follow each other.
            let meter = readings.meters[row]
            var end = row + 1
            while end < rows.count, readings.meters[end] == meter { end += 1 }
            if meter < UInt64(run.meters.count) {
                take(readings, row..<end, of: first + Int(meter))
            }
            row = end
        }
    }

    private mutating func take(_ readings: Readings, _ rows: Range<Int>, of device: Int) {
        if !devices[device].isRead {
            guard taken < Self.devicesMax else {
                leftOut.insert(device)
                return
            }
            taken += 1
            devices[device].makeRoom(points)
        }
        devices[device].take(readings, rows, startNS, stretchNS)
    }

    /// Rows of telemetry, by column.
    fileprivate struct Readings {
        let meters: [UInt64]
        let times: [UInt64]
        private let energies: LedgerValues
        private let powers: LedgerValues
        private let joules: [UInt64]
        private let watts: [UInt64]
        private let hasEveryEnergy: Bool
        private let hasEveryPower: Bool

        /// Nil where rows do not say of which meter they are, or when.
        init?(_ rows: LedgerRows) {
            (meters, times) = (rows.columns[1].words, rows.columns[2].words)
            (energies, powers) = (rows.columns[3], rows.columns[4])
            (joules, watts) = (energies.words, powers.words)
            hasEveryEnergy = energies.hasEveryValue
            hasEveryPower = powers.hasEveryValue
            guard meters.count == rows.count, times.count == rows.count else { return nil }
        }

        func energy(_ row: Int) -> Double? {
            hasEveryEnergy ? Double(bitPattern: joules[row]) : energies.number(row)
        }

        func power(_ row: Int) -> Double? {
            hasEveryPower ? Double(bitPattern: watts[row]) : powers.number(row)
        }
    }

    /// The middle of a stretch, in seconds since the beginning of the window.
    func seconds(of stretch: Int) -> Double {
        (Double(stretch) + 0.5) * (to - from) / Double(points)
    }

    /// As the chart takes them.
    var charted: [Charts.PowerCourse] {
        devices.map { device in
            Charts.PowerCourse(
                device: device.name,
                provenance: device.meter.provenance.rawValue,
                points: device.filled.map { place in
                    Charts.PowerPoint(
                        seconds: seconds(of: place),
                        low: device.low[place],
                        mean: device.sum[place] / Double(device.count[place]),
                        high: device.high[place]
                    )
                }
            )
        }
    }

    var json: JSON {
        [
            "schema": "joulebook.page.telemetry/1",
            "run_id": .string(id.description),
            "from": .double(from), "to": .double(to),
            "readings": .integer(Int64(readings)),
            "devices": .array(
                devices.filter { $0.count.contains { $0 > 0 } }.map { json(of: $0) }
            ),
            "left_out": ["devices": .integer(Int64(leftOut.count))],
        ]
    }

    private func json(of device: Device) -> JSON {
        let filled = device.filled
        return [
            "device": .string(device.meter.device.description),
            "source": .string(device.meter.source),
            "provenance": .string(device.meter.provenance.rawValue),
            "boundary": .string(device.meter.boundary.rawValue),
            "enclosed_by": .orNull(device.meter.enclosedBy?.description),
            "rank": device.rank.map { .integer(Int64($0)) } ?? .null,
            "seconds": .array(filled.map { .double(seconds(of: $0)) }),
            "low_w": .array(filled.map { .double(device.low[$0]) }),
            "mean_w": .array(filled.map { .double(device.sum[$0] / Double(device.count[$0])) }),
            "high_w": .array(filled.map { .double(device.high[$0]) }),
        ]
    }
}
