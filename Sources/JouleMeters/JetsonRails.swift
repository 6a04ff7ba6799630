import JouleQuantities

/// Supply rails of NVIDIA's Jetson modules, measured by INA3221 chips.
///
/// Read as hwmon shows them (`curr*_input`, `in*_input`), and else as the older kernels of NVIDIA do
/// (`rail_name_*`, `in_power*_input`). A rail for the whole input contains the others.
struct JetsonRails {
    static let source = "ina3221"
    private static let olderDirectory = "/sys/bus/i2c/drivers/ina3221x"

    private(set) var found = FoundMeters()
    /// Whether the rails include the processors' and the memory's supply.
    var measuresBoard: Bool { !found.meters.isEmpty }

    private let roots: SystemRoots

    private struct Rail {
        let name: String
        /// Of the files, such as `/sys/class/hwmon/hwmon3/curr1`.
        let place: String
        let quantity: SensorMeter.Quantity
    }

    init(roots: SystemRoots) {
        self.roots = roots
        let rails = Self.rails(roots)
        let whole = rails.first { Self.isWhole($0.name) }
        var names = Set<String>()
        for rail in rails where names.insert(rail.name).inserted {
            let holder = Self.holder(of: rail.name, among: rails.map(\.name), whole: whole?.name)
            add(rail, enclosedBy: holder)
        }
    }

    private mutating func add(_ rail: Rail, enclosedBy holder: String?) {
        var description = MeterDescription(
            device: DeviceID("board/\(rail.name)"),
            source: Self.source,
            provenance: .integratedPower,
            boundary: .device,
            enclosedBy: holder.map { DeviceID("board/\($0)") },
            identity: roots.bootID.map { "\($0):\(rail.place)" }
        )
        description.extra["name"] = .string(rail.name)
        // The chip averages over its conversion, milliseconds at the chip's defaults; its shunts and
        // gains are within some percent, of which no public figure covers every board.
        let meter = SensorMeter(
            rail.quantity,
            description: description,
            uncertainty: 0.05,
            refreshNS: 10_000_000,
            wattsMax: 500
        )
        _ = meter.add(to: &found)
    }

    // MARK: The rails

    private static func rails(_ roots: SystemRoots) -> [Rail] {
        let rails = hwmonRails(roots)
        return rails.isEmpty ? olderRails(roots) : rails
    }

    private static func hwmonRails(_ roots: SystemRoots) -> [Rail] {
        let monitors = roots.names(in: HwmonSensors.directory).prefix(1024)
            .map { "\(HwmonSensors.directory)/\($0)" }
            .filter { roots.text("\($0)/name", sizeBytesMax: 64) == "ina3221" }
        return monitors.flatMap { path in
            (1...3).compactMap { channel -> Rail? in
                guard let name = roots.text("\(path)/in\(channel)_label", sizeBytesMax: 128),
                    isRail(name)
                else { return nil }
                let file = { (name: String) in KernelFile(roots.path("\(path)/\(name)_input")) }
                return Rail(
                    name: name,
                    place: "\(path)/curr\(channel)",
                    quantity: .current(file("curr\(channel)"), voltage: file("in\(channel)"))
                )
            }
        }
    }

    private static func olderRails(_ roots: SystemRoots) -> [Rail] {
        let chips = roots.names(in: olderDirectory).prefix(64).flatMap { chip in
            roots.names(in: "\(olderDirectory)/\(chip)").prefix(64)
                .filter { $0.hasPrefix("iio:device") || $0.hasPrefix("iio_device") }
                .map { "\(olderDirectory)/\(chip)/\($0)" }
        }
        return chips.flatMap { path in
            (0...2).compactMap { channel -> Rail? in
                guard let name = roots.text("\(path)/rail_name_\(channel)", sizeBytesMax: 128),
                    isRail(name)
                else { return nil }
                let place = "\(path)/in_power\(channel)_input"
                let file = KernelFile(roots.path(place))
                return Rail(name: name, place: place, quantity: .powerInMilliwatts(file))
            }
        }
    }

    /// Whether a channel is connected: one of a sum, or of nothing, is not a rail of its own.
    private static func isRail(_ name: String) -> Bool {
        name != "NC" && !name.hasPrefix("sum of")
    }

    /// The module's or the board's input.
    private static func isWhole(_ name: String) -> Bool {
        ["VDD_IN", "POM_5V_IN", "VIN"].contains(name)
    }

    /// The rail that feeds another one: the input feeds all, and on AGX Orin the 5 V rail feeds that of
    /// the memory.
    private static func holder(of name: String, among names: [String], whole: String?) -> String? {
        if isWhole(name) { return nil }
        if let whole { return whole }
        let feeder = "VIN_SYS_5V0"
        return name == "VDDQ_VDD2_1V8AO" && names.contains(feeder) ? feeder : nil
    }
}
