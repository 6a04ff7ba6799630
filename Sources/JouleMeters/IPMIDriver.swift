import CJouleSystem
import Glibc
import JouleQuantities
import JouleSystem

/// Power of the whole server as its management controller (BMC) tells it, by DCMI's command Get Power
/// Reading through the kernel's `/dev/ipmi0`.
package struct IPMIDriver: MeterDriver {
    static let source = "ipmi:dcmi"
    package let library = MeterLibrary.driver("ipmi")

    private let roots: SystemRoots

    /// Names that the device has had.
    private static let paths = ["/dev/ipmi0", "/dev/ipmi/0", "/dev/ipmidev/0"]

    package init(roots: SystemRoots) {
        self.roots = roots
    }

    package func open() -> FoundMeters {
        var refusal: (path: String, code: Int32)?
        for path in Self.paths {
            let device = unsafe joule_ipmi_open(roots.path(path))
            guard device < 0 else { return meters(of: IPMIDevice(device, path)) }
            // What exists and is refused says more than what does not exist.
            if refusal == nil || -device != ENOENT { refusal = (path, -device) }
            if -device != ENOENT { break }
        }
        return FoundMeters(absent: [absence(refusal?.path ?? "", refusal?.code ?? ENOENT)])
    }

    private func meters(of device: IPMIDevice) -> FoundMeters {
        do throws(MeterError) {
            let first = try device.power()
            return FoundMeters(meters: [IPMIMeter(device, first, boot: roots.bootID)])
        } catch {
            return FoundMeters(absent: [Self.absence("\(device.path) is there, but \(error)")])
        }
    }

    // MARK: What is missing, and what to do

    private func absence(_ path: String, _ code: Int32) -> AbsentMeter {
        if code == EACCES || code == EPERM {
            return Self.absence("\(path): \(systemMessage(code))", remedy: Self.groupRemedy)
        }
        guard code == ENOENT || code == ENXIO || code == ENODEV else {
            return Self.absence("\(path): \(systemMessage(code))")
        }
        guard isControllerKnown else {
            return Self.absence("the firmware lists no management controller (BMC)")
        }
        if let container = roots.containerHint {
            return Self.absence(
                "the server has a management controller, hidden from this container (\(container))",
                remedy: "docker run --device /dev/ipmi0 …"
            )
        }
        return Self.absence(
            "the server has a management controller, but the kernel's driver is not loaded",
            remedy: "sudo modprobe -a ipmi_si ipmi_devintf"
        )
    }

    /// Whether the firmware's tables (SMBIOS structure 38) or the kernel's bus know of one.
    private var isControllerKnown: Bool {
        roots.exists("/sys/firmware/dmi/entries/38-0") || roots.exists("/sys/class/ipmi/ipmi0")
            || roots.names(in: "/sys/bus/platform/devices").contains {
                $0.hasPrefix("IPI0001:") || $0.hasPrefix("dmi-ipmi-")
            }
    }

    private static let groupRemedy = """
        sudo groupadd -f ipmi && sudo usermod -aG ipmi "$USER" && \
        echo 'KERNEL=="ipmi[0-9]*", GROUP="ipmi", MODE="0660"' | \
        sudo tee /etc/udev/rules.d/90-ipmi.rules && sudo udevadm control --reload && \
        sudo udevadm trigger   # then log in again; the group may also switch the server off
        """

    private static func absence(_ reason: String, remedy: String? = nil) -> AbsentMeter {
        AbsentMeter(source: source, reason: reason, remedy: remedy)
    }
}

/// The controller, as one open descriptor; asked by one thread.
private final class IPMIDevice: Sendable {
    let path: String
    private let descriptor: Int32
    private let asked = Lock(0)

    // A controller takes some 10 ms to answer, a busy one a second.
    private static let millisecondsMax: Int32 = 3000

    /// Takes the descriptor over.
    init(_ descriptor: Int32, _ path: String) {
        self.descriptor = descriptor
        self.path = path
    }

    deinit { _ = close(descriptor) }

    /// DCMI's group extension, command 2.
    func power() throws(MeterError) -> DCMIPower {
        try DCMIPower(ask(0x2C, 0x02, DCMIPower.request, DCMIPower.call))
    }

    /// The server's number, by IPMI's command Get System GUID; nil where it has none of its own.
    var systemUUID: SystemUUID? {
        let call = "IPMI Get System GUID"
        guard let answer = try? ask(0x06, 0x37, [], call), answer.first == 0 else { return nil }
        return SystemUUID(Array(answer.dropFirst()))
    }

    /// Maker and product by IANA's and their own numbers, and the firmware: IPMI's command Get Device ID.
    var facts: JSONObject {
        var facts = JSONObject()
        guard let answer = try? ask(0x06, 0x01, [], "IPMI Get Device ID"), answer.first == 0,
            answer.count >= 12
        else { return facts }
        let bytes = answer.map(Int64.init)
        facts["bmc_manufacturer"] = .integer((bytes[9] << 16 | bytes[8] << 8 | bytes[7]) & 0xFFFFF)
        facts["bmc_product"] = .integer(bytes[11] << 8 | bytes[10])
        // The minor revision is in binary-coded decimals.
        facts["bmc_firmware"] = .string("\(bytes[3] & 0x7F).\(hex(UInt64(bytes[4]), 2))")
        return facts
    }

    private func ask(
        _ function: UInt8,
        _ command: UInt8,
        _ request: [UInt8],
        _ call: String
    ) throws(MeterError) -> [UInt8] {
        let number = asked.withLock { asked in
            asked &+= 1
            return asked
        }
        // As long as any message of IPMI may be.
        var answer = [UInt8](repeating: 0, count: 272)
        let count = unsafe joule_ipmi_ask(
            descriptor,
            number,
            function,
            command,
            request,
            request.count,
            &answer,
            answer.count,
            Self.millisecondsMax
        )
        guard count != -ETIMEDOUT else {
            throw .refused(call: call, reason: "the controller did not answer in time")
        }
        guard count >= 0 else { throw .unreadable(path: path, code: -count) }
        return Array(answer.prefix(Int(count)))
    }
}

private final class IPMIMeter: EnergyMeter {
    let description: MeterDescription
    // A judgement: neither DCMI nor makers state it.
    let uncertaintyRelative: Double? = 0.1
    let refreshNS: Int64
    let powerMax: Power? = Power(watts: Double(DCMIPower.wattsMax))

    private let device: IPMIDevice

    init(_ device: IPMIDevice, _ first: DCMIPower, boot: String?) {
        self.device = device
        let uuid = device.systemUUID
        var description = MeterDescription(
            device: DeviceID("bmc"),
            source: IPMIDriver.source,
            provenance: .integratedPower,
            boundary: .it,
            // The power meter of ACPI, where there is one, is often the same controller's.
            enclosedBy: DeviceID(HwmonSensors.wholeServer),
            identity: uuid.map { "bmc:\($0)" } ?? boot.map { "\($0):\(device.path)" }
        )
        for fact in device.facts.members { description.extra[fact.name] = fact.value }
        description.extra["uncertainty_rel"] = .double(0.1)
        self.description = description
        // Controllers look at their sensors about every second; one that states a longer period for its
        // statistics, up to a minute, may do so as rarely.
        refreshNS = min(max(1_000_000_000, first.periodNS ?? 0), 60_000_000_000)
    }

    func read(at now: Instant) throws(MeterError) -> EnergyReading {
        .power(Power(watts: Double(try device.power().watts)))
    }
}
