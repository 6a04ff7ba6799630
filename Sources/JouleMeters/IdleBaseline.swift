package import JouleQuantities

/// What the devices of this machine draw while nothing is asked of them, as somebody had it measured once.
///
/// A small file of the user's state directory, one for each machine that shares it. Devices are known by
/// name and source, which outlast a boot.
package struct IdleBaseline: Sendable, Hashable {
    /// The mean power of one device.
    package struct Device: Sendable, Hashable {
        package let device: String
        package let source: String
        package let watts: Double

        package init(device: String, source: String, watts: Double) {
            self.device = device
            self.source = source
            self.watts = watts
        }
    }

    /// When it was measured, Unix seconds.
    package let measured: Double
    package let devices: [Device]

    private static let schema = "joulebook.idle/1"
    private static let sizeBytesMax = 1 << 20
    private static let devicesMax = 4096
    /// More than any device of a machine draws.
    private static let wattsMax = 1e6

    package init(measured: Double, devices: [Device]) {
        self.measured = measured
        self.devices = devices
    }

    /// The folder and the name of this machine's file; nil where no state directory is known.
    package static func place(
        roots: SystemRoots,
        environment: (String) -> String?
    ) -> (folder: String, name: String)? {
        let isPath = { (text: String) in text.hasPrefix("/") }
        guard
            let state = environment("XDG_STATE_HOME").flatMap({ isPath($0) ? $0 : nil })
                ?? environment("HOME").flatMap({ isPath($0) ? "\($0)/.local/state" : nil })
        else { return nil }
        // Two machines may share a home.
        let machine = roots.text("/etc/machine-id", sizeBytesMax: 64) ?? "this-machine"
        let letters = machine.filter { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") }
        return ("\(state)/joulebook", "idle-\(letters).json")
    }

    /// What the file at `path` says; nil where there is none, or where it says anything that cannot be.
    package init?(reading path: String) {
        guard let bytes = try? KernelFile(path).read(sizeBytesMax: Self.sizeBytesMax),
            let document = try? JSON(parsing: bytes), document["schema"]?.string == Self.schema,
            let measured = document["measured"]?.double, measured.isFinite, measured > 0,
            let list = document["devices"]?.array, list.count <= Self.devicesMax
        else { return nil }
        self.measured = measured
        var devices: [Device] = []
        for item in list {
            guard let device = item["device"]?.string, let source = item["source"]?.string,
                let watts = item["idle_power_w"]?.double, watts >= 0, watts <= Self.wattsMax
            else { return nil }
            devices.append(Device(device: device, source: source, watts: watts))
        }
        self.devices = devices
    }

    package var json: JSON {
        let list = devices.map { item -> JSON in
            [
                "device": .string(item.device), "source": .string(item.source),
                "idle_power_w": .double(item.watts),
            ]
        }
        return [
            "schema": .string(Self.schema), "measured": .double(measured), "devices": .array(list),
        ]
    }

    /// The description with the idle power of the device, where it was measured by the same source.
    package func marked(_ description: MeterDescription) -> MeterDescription {
        let known = devices.first {
            $0.device == description.device.description && $0.source == description.source
        }
        guard let known else { return description }
        var description = description
        description.extra["idle_power_w"] = .double(known.watts)
        description.extra["idle_measured"] = .double(measured)
        return description
    }
}
