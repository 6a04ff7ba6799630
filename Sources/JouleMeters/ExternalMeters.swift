import Glibc
import JouleQuantities
import JouleSystem

/// One meter outside this machine: a smart plug, a PDU, a metrics server, a table that something else
/// writes.
///
/// It measures before the power supply, so that its boundary is the IT equipment; what else hangs on
/// the plug is measured with it.
package struct ExternalDriver: MeterDriver {
    package let library: MeterLibrary
    private let entry: String
    private let trust: String
    private let boot: String?

    /// One for each entry of `JOULEBOOK_METERS`, 64 at most.
    package static func all(
        roots: SystemRoots,
        environment: (String) -> String?
    ) -> [ExternalDriver] {
        let entries = (environment("JOULEBOOK_METERS") ?? "").split(whereSeparator: \.isWhitespace)
        let trust = environment(HTTPSTrust.variable) ?? ""
        return entries.prefix(64).enumerated().map {
            ExternalDriver(String($1), number: $0, trust: trust, boot: roots.bootID)
        }
    }

    private init(_ entry: String, number: Int, trust: String, boot: String?) {
        self.entry = entry
        self.trust = trust
        self.boot = boot
        library = .driver("external:\(number + 1)")
    }

    package func open() -> FoundMeters {
        do throws(ExternalAddress.Mistake) {
            let address = try ExternalAddress(entry)
            guard let request = address.source.request, request.isSecure else {
                return meter(at: address, over: nil)
            }
            let trust = try HTTPSTrust(of: request, among: trust)
            guard let connection = HTTPSConnection(trust) else {
                let reason =
                    "\(address.name): HTTPS needs libcurl (libcurl.so.4), which is not found"
                return Self.absence(address, reason, remedy: HTTPSConnection.remedy)
            }
            let found = meter(at: address, over: connection)
            guard connection.isUntrusted else { return found }
            let reason =
                found.absent.first?.reason ?? "\(address.name): nobody vouches for this server"
            return Self.absence(address, reason, remedy: request.trustRemedy)
        } catch {
            let reason = "JOULEBOOK_METERS: \(error.reason)"
            return FoundMeters(
                absent: [AbsentMeter(source: "external", reason: reason, remedy: nil)]
            )
        }
    }

    private func meter(at address: ExternalAddress, over connection: HTTPSConnection?)
        -> FoundMeters
    {
        var place = ExternalMeter.Place(address, connection)
        do throws(MeterError) {
            if case .redfish(let request, let chassis) = address.source, let connection {
                let service = RedfishService(request: request, connection: connection)
                place.take(try service.find(chassis: chassis))
            }
        } catch {
            return Self.absence(address, "\(address.name): \(error)")
        }
        let meter = ExternalMeter(place, boot: boot)
        do throws(MeterError) {
            _ = try meter.read(at: Instant(nanoseconds: 0))
        } catch {
            // A plug may join its network later.
            if case .malformed = error { return Self.absence(address, "\(error)") }
            if connection?.isUntrusted == true { return Self.absence(address, "\(error)") }
        }
        return FoundMeters(meters: [meter])
    }

    private static func absence(
        _ address: ExternalAddress,
        _ reason: String,
        remedy: String? = nil
    ) -> FoundMeters {
        let source = "external:\(address.kind)"
        return FoundMeters(absent: [AbsentMeter(source: source, reason: reason, remedy: remedy)])
    }
}

private final class ExternalMeter: EnergyMeter {
    /// What is read, and how.
    struct Place {
        let address: ExternalAddress
        let connection: HTTPSConnection?
        var source: ExternalAddress.Source
        var unit: ExternalAddress.Unit
        /// Of the meter itself, where it tells who it is; else its address stands for it.
        var identity: String?
        var facts = JSONObject()

        init(_ address: ExternalAddress, _ connection: HTTPSConnection?) {
            self.address = address
            self.connection = connection
            source = address.source
            unit = address.unit
        }

        /// What was found at an address of Redfish.
        mutating func take(_ reading: RedfishService.Reading) {
            source = .json(reading.request, field: reading.field)
            unit = reading.unit
            identity = reading.identity
            facts["chassis"] = .string(reading.chassis)
            facts["field"] = .string(reading.field.joined(separator: "."))
            facts["name"] = reading.name.map(JSON.string)
        }
    }

    let description: MeterDescription
    /// Nothing is known of a meter that somebody names.
    let uncertaintyRelative: Double? = nil
    // Plugs and controllers renew their value about every second.
    let refreshNS: Int64 = 1_000_000_000
    let powerMax: Power? = Power(watts: 1e6)

    private let place: Place
    private let table: ExternalTable?

    /// How long an answer is waited for.
    private static let secondsMax = 2.0

    init(_ place: Place, boot: String?) {
        self.place = place
        let address = place.address
        let site = address.isLocal ? boot.map { "\($0):\(address.place)" } : address.place
        var description = MeterDescription(
            device: DeviceID("external:\(address.name)"),
            source: "external:\(address.kind)",
            provenance: .external,
            boundary: .it,
            identity: place.identity ?? site
        )
        for fact in place.facts.members { description.extra[fact.name] = fact.value }
        self.description = description
        table =
            switch place.source {
            case .json, .redfish: nil
            case .table(let path, let column): ExternalTable(path, column: column)
            case .pipe(let path): ExternalTable(path, column: nil)
            }
    }

    func read(at now: Instant) throws(MeterError) -> EnergyReading {
        let value = try number() * place.unit.size
        guard value.isFinite, value >= 0 else { throw malformed("\(value)") }
        guard place.unit.isEnergy else {
            guard let powerMax, value <= powerMax.watts else { throw malformed("\(value) W") }
            return .power(Power(watts: value))
        }
        // In steps of a millijoule, which no such meter resolves.
        guard let steps = UInt64(exactly: (value * 1e3).rounded()) else {
            throw malformed("\(value)")
        }
        return .counter(steps, range: nil, joulesPerUnit: 1e-3)
    }

    private func number() throws(MeterError) -> Double {
        guard case .json(let request, let field) = place.source else {
            guard let table else { throw malformed("no table") }
            return try table.last()
        }
        let body =
            if let connection = place.connection {
                try connection.body(of: request, secondsMax: Self.secondsMax)
            } else {
                try request.body(secondsMax: Self.secondsMax)
            }
        guard let document = try? JSON(parsing: String(decoding: body, as: UTF8.self)) else {
            throw malformed(String(decoding: body.prefix(40), as: UTF8.self))
        }
        var value: JSON? = document
        for name in field {
            value =
                Int(name).flatMap { index in
                    value?.array.flatMap { $0.indices.contains(index) ? $0[index] : nil }
                } ?? value?[name]
        }
        // Metrics servers write numbers as texts.
        guard let number = value?.double ?? value?.string.flatMap({ Double($0) }) else {
            throw malformed("no number at \(field.joined(separator: "."))")
        }
        return number
    }

    private func malformed(_ content: String) -> MeterError {
        .malformed(path: place.address.name, content: content)
    }
}

/// The last line of a file that something else appends to, or of a named pipe that it writes to.
private final class ExternalTable: Sendable {
    private let path: String
    /// Its name in the first line, or its number from 1; nil for a line that is one number.
    private let column: String?
    private let state = Lock(State())

    private struct State {
        var descriptor: Int32 = -1
        var place: Int?
        /// What came of the line after the last whole one.
        var rest: [UInt8] = []
        var last: String?
        /// When it came.
        var cameNS: Int64 = 0
        /// What comes next is the end of a line whose beginning was not read.
        var isCut = false
    }

    /// A line longer than this is none.
    private static let lineBytesMax = 65_536
    /// A value that was not renewed for so long is none.
    private static let ageNSMax: Int64 = 10_000_000_000

    init(_ path: String, column: String?) {
        self.path = path
        self.column = column
    }

    deinit { state.withLock { if $0.descriptor >= 0 { _ = close($0.descriptor) } } }

    /// The newest number.
    func last() throws(MeterError) -> Double {
        try state.withLock { (state: inout State) throws(MeterError) -> Double in
            try open(&state)
            try readLines(&state)
            guard let line = state.last else { throw malformed("no whole line yet") }
            guard MonotonicClock.nowNS() &- state.cameNS <= Self.ageNSMax else {
                throw malformed("no new line for \(Self.ageNSMax / 1_000_000_000) s")
            }
            let cells = line.split(separator: ",", omittingEmptySubsequences: false)
            let place = column == nil ? 0 : state.place ?? -1
            guard cells.indices.contains(place), let value = Double(String(cells[place]).trimmed)
            else { throw malformed(String(line.prefix(40))) }
            return value
        }
    }

    private func open(_ state: inout State) throws(MeterError) {
        guard state.descriptor < 0 else { return }
        state.descriptor = unsafe Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard state.descriptor >= 0 else { throw .unreadable(path: path, code: errno) }
        if let column, let number = Int(column), number >= 1 { state.place = number - 1 }
        try skipToEnd(&state)
    }

    /// Of a long table only the head, where names are wanted, and the end are read.
    private func skipToEnd(_ state: inout State) throws(MeterError) {
        var facts = stat()
        guard unsafe fstat(state.descriptor, &facts) == 0, facts.st_mode & S_IFMT == S_IFREG,
            facts.st_size > off_t(4 * Self.lineBytesMax)
        else { return }
        if state.place == nil, column != nil {
            var head = [UInt8](repeating: 0, count: Self.lineBytesMax)
            let count = unsafe Glibc.read(state.descriptor, &head, head.count)
            guard count > 0, let end = head[..<count].firstIndex(of: UInt8(ascii: "\n")) else {
                throw malformed("no line of names")
            }
            take(String(decoding: head[..<end], as: UTF8.self), &state)
        }
        _ = lseek(state.descriptor, facts.st_size - off_t(Self.lineBytesMax), SEEK_SET)
        state.isCut = true
    }

    /// Takes what came since the last time; a pipe whose writers are gone says nothing new.
    private func readLines(_ state: inout State) throws(MeterError) {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = unsafe Glibc.read(state.descriptor, &buffer, buffer.count)
            if count < 0 && errno == EINTR { continue }
            if count < 0 && errno != EAGAIN { throw .unreadable(path: path, code: errno) }
            guard count > 0 else { return }
            state.rest += buffer[..<count]
            while let end = state.rest.firstIndex(of: UInt8(ascii: "\n")) {
                if !state.isCut {
                    take(String(decoding: state.rest[..<end], as: UTF8.self), &state)
                }
                state.isCut = false
                state.rest.removeSubrange(...end)
            }
            if state.rest.count > Self.lineBytesMax { throw malformed("a line without an end") }
        }
    }

    private func take(_ line: String, _ state: inout State) {
        if let column, state.place == nil {
            // The first line names the columns.
            let names = line.split(separator: ",", omittingEmptySubsequences: false)
            state.place = names.firstIndex { String($0).trimmed == column } ?? -1
        } else if !line.trimmed.isEmpty {
            state.last = line
            state.cameNS = MonotonicClock.nowNS()
        }
    }

    private func malformed(_ content: String) -> MeterError {
        .malformed(path: path, content: content)
    }
}
