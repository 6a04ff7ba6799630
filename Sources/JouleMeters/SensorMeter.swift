import JouleQuantities

/// A sensor that the kernel shows as a file or two: power, energy, or current and voltage.
final class SensorMeter: SharedDeviceMeter {
    /// What the files hold.
    enum Quantity: Sendable {
        /// A counter of microjoules.
        case energy(KernelFile)
        /// Microwatts.
        case power(KernelFile)
        /// Milliamperes and millivolts.
        case current(KernelFile, voltage: KernelFile)
        /// Milliwatts.
        case powerInMilliwatts(KernelFile)
    }

    let description: MeterDescription
    let uncertaintyRelative: Double?
    let refreshNS: Int64
    let powerMax: Power?
    let use = DeviceUse.now

    private let quantity: Quantity
    private let users: AMDProcesses?

    /// `uncertainty` is the half-width of the 95 % interval relative to the energy.
    ///
    /// `wattsMax` is more than the device can draw: a reading above it is none. `users` are the device's,
    /// where that is told.
    init(
        _ quantity: Quantity,
        description: MeterDescription,
        uncertainty: Double,
        refreshNS: Int64,
        wattsMax: Double,
        users: AMDProcesses? = nil
    ) {
        var description = description
        description.extra["uncertainty_rel"] = .double(uncertainty)
        self.description = description
        self.quantity = quantity
        self.users = users
        self.refreshNS = refreshNS
        uncertaintyRelative = uncertainty
        powerMax = Power(watts: wattsMax)
    }

    func read(at now: Instant) throws(MeterError) -> EnergyReading {
        switch quantity {
        case .energy(let file):
            return .counter(try file.number(), range: nil, joulesPerUnit: 1e-6)
        case .power(let file): return try power(try file.number(), 1e-6, file)
        case .powerInMilliwatts(let file): return try power(try file.number(), 1e-3, file)
        case .current(let file, let voltage):
            let (product, isOver) = try file.number().multipliedReportingOverflow(
                by: try voltage.number()
            )
            return try power(isOver ? .max : product, 1e-6, file)
        }
    }

    func processes(since: Instant) throws(MeterError) -> [DeviceProcess] { users?.now() ?? [] }

    /// Drivers that have nothing to say answer with all bits set, which no device can draw.
    private func power(
        _ value: UInt64,
        _ unit: Double,
        _ file: KernelFile
    ) throws(MeterError) -> EnergyReading {
        let watts = Double(value) * unit
        guard let powerMax, watts <= powerMax.watts else {
            throw .malformed(path: file.path, content: String(value))
        }
        return .power(Power(watts: watts))
    }
}

extension SensorMeter {
    /// Adds itself where it can be read now, and else the reason why it cannot.
    func add(to found: inout FoundMeters) -> Bool {
        do throws(MeterError) {
            _ = try patiently { () throws(MeterError) in try read(at: Instant(nanoseconds: 0)) }
            found.meters.append(self)
            return true
        } catch {
            let reason = "\(description.device) cannot be read: \(error)"
            found.absent.append(
                AbsentMeter(source: description.source, reason: reason, remedy: nil)
            )
            return false
        }
    }
}
