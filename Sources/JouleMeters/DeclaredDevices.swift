import JouleQuantities

/// Devices of this machine that somebody names because nothing here tells their energy: TPUs, Trainium,
/// Gaudi, neuromorphic chips, boards at the edge.
///
/// `JOULEBOOK_DEVICES` lists them, separated by white space:
///
/// | entry | what it says |
/// |---|---|
/// | `NAME[:COUNT]` | so many devices of the table |
/// | `NAME[:COUNT]@UTILISATION` | the same, used this much on average, from 0 to 1 |
/// | `NAME=WATTS[-WATTS][W][:COUNT]` | the mean power of each, or what it lies between |
struct DeclaredDevices {
    static let variable = "JOULEBOOK_DEVICES"
    static let source = "declared"

    private(set) var found = FoundMeters()

    private static let entriesMax = 64
    private static let countMax = 65_536
    private static let wattsMax = 1e6

    init(roots: SystemRoots, environment: (String) -> String?) {
        let entries = (environment(Self.variable) ?? "").split(whereSeparator: \.isWhitespace)
        guard !entries.isEmpty else {
            found.absent = Accelerators(roots: roots).unmeasured.map(Self.absence)
            return
        }
        var names: Set<String> = []
        for entry in entries.prefix(Self.entriesMax) {
            do throws(Mistake) {
                let device = try Self.device(String(entry))
                guard names.insert(device.name).inserted else {
                    throw Mistake(reason: "\"\(device.name)\" is listed twice; give it a count")
                }
                found.meters.append(DeclaredMeter(device, boot: roots.bootID))
            } catch {
                found.absent.append(Self.absence(error.reason))
            }
        }
        if entries.count > Self.entriesMax {
            found.absent.append(Self.absence("only the first \(Self.entriesMax) entries are read"))
        }
    }

    // MARK: Entries

    private struct Mistake: Error {
        let reason: String
    }

    /// Devices of one kind.
    struct Device: Equatable {
        let name: String
        let count: Int
        /// Of all of them.
        let watts: Double
        /// Half-width of the 95 % interval relative to the energy; nil when nothing is known.
        let uncertainty: Double?
        let isOfTable: Bool
        let basis: String
        let utilisation: Double?
    }

    private static func device(_ entry: String) throws(Mistake) -> Device {
        let (stated, use) = split(entry, at: "@")
        let (described, number) = split(stated, at: ":")
        let (name, power) = split(described, at: "=")
        let isWord = name.allSatisfy {
            $0.isASCII && ($0.isLetter || $0.isNumber || "-_.".contains($0))
        }
        guard !name.isEmpty, isWord else {
            throw Mistake(reason: "\"\(entry)\" is not NAME[:COUNT][@UTILISATION]")
        }
        guard let count = number.map({ Int($0) }) ?? 1, count >= 1, count <= countMax else {
            throw Mistake(reason: "\"\(entry)\": a count is a whole number from 1 to \(countMax)")
        }
        if let power {
            guard use == nil else {
                throw Mistake(
                    reason: "\"\(entry)\": a stated power is a mean; it takes no utilisation"
                )
            }
            return try stating(power, of: name, count, entry)
        }
        guard let row = AcceleratorPower.named(name) else {
            let names = AcceleratorPower.table.map(\.name).joined(separator: ", ")
            throw Mistake(
                reason:
                    "\"\(name)\" is not in the table (\(names)); its power can be stated, as in "
                    + "\(name)=100-300W"
            )
        }
        guard let use else { return device(row, count, nil) }
        guard let utilisation = Double(use), (0...1).contains(utilisation) else {
            throw Mistake(reason: "\"\(entry)\": a utilisation is a number from 0 to 1")
        }
        return device(row, count, utilisation)
    }

    /// Power is linear in use, as that of processors is taken to be.
    private static func device(
        _ row: AcceleratorPower,
        _ count: Int,
        _ utilisation: Double?
    ) -> Device {
        let each =
            utilisation.map { row.low + (row.high - row.low) * $0 }
            ?? row.mean ?? (row.low + row.high) / 2
        // Unless its use is stated, it may draw anything from rest to full load. Where it is, real curves
        // bend, and limits and what is drawn at them differ: judgements, as for processors.
        let wide = max(each - row.low, row.high - each) / each
        let uncertainty = utilisation == nil ? wide : row.mean == nil ? 0.5 : 0.3
        return Device(
            name: row.name,
            count: count,
            watts: each * Double(count),
            uncertainty: uncertainty,
            isOfTable: true,
            basis: row.source,
            utilisation: utilisation
        )
    }

    private static func stating(
        _ power: String,
        of name: String,
        _ count: Int,
        _ entry: String
    ) throws(Mistake) -> Device {
        let digits = power.hasSuffix("W") ? String(power.dropLast()) : power
        let numbers = digits.split(separator: "-", omittingEmptySubsequences: false).map {
            Double($0)
        }
        guard numbers.count <= 2, let low = numbers.first ?? nil, let high = numbers.last ?? nil,
            low >= 0, high >= low, high > 0, high <= wattsMax
        else {
            throw Mistake(
                reason: "\"\(entry)\": power is WATTS or WATTS-WATTS, as in \(name)=100-300W"
            )
        }
        let each = (low + high) / 2
        return Device(
            name: name.lowercased(),
            count: count,
            watts: each * Double(count),
            uncertainty: numbers.count == 2 ? (high - low) / 2 / each : nil,
            isOfTable: false,
            basis: "stated as \(digits) W each",
            utilisation: nil
        )
    }

    private static func split(_ text: String, at mark: Character) -> (String, String?) {
        guard let place = text.firstIndex(of: mark) else { return (text, nil) }
        return (String(text[..<place]), String(text[text.index(after: place)...]))
    }

    // MARK: What is missing, and what to do

    private static func absence(_ mistake: String) -> AbsentMeter {
        AbsentMeter(source: source, reason: "\(variable): \(mistake)", remedy: nil)
    }

    private static func absence(_ device: Hardware.Device) -> AbsentMeter {
        let count = device.count ?? 1
        return AbsentMeter(
            source: source,
            reason:
                "\(count) × \(device.name ?? device.kind): present, but nothing here tells their energy",
            remedy: "export \(variable)='NAME:\(count)@UTILISATION'   # names: Schemas/meters.md"
        )
    }
}

/// Constant power of devices that somebody named.
final class DeclaredMeter: EnergyMeter {
    let description: MeterDescription
    let uncertaintyRelative: Double?
    let powerMax: Power? = nil
    let refreshNS: Int64 = 0

    private let watts: Double

    init(_ device: DeclaredDevices.Device, boot: String?) {
        watts = device.watts
        uncertaintyRelative = device.uncertainty
        var description = MeterDescription(
            device: DeviceID("accelerator:\(device.name)"),
            source: device.isOfTable ? "model:accelerator" : DeclaredDevices.source,
            provenance: device.isOfTable ? .model : .declared,
            boundary: .device,
            identity: boot.map { "\($0):accelerator:\(device.name)" }
        )
        description.extra["count"] = .integer(Int64(device.count))
        description.extra["power_w"] = .double(device.watts)
        description.extra["utilisation"] = device.utilisation.map(JSON.double)
        description.extra["basis"] = .string(device.basis)
        description.extra["uncertainty_rel"] = .orNull(device.uncertainty)
        self.description = description
    }

    func read(at now: Instant) throws(MeterError) -> EnergyReading {
        .cumulative(Energy(joules: watts * Double(now.nanoseconds) * 1e-9))
    }
}
