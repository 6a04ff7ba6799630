import CJouleSystem

/// ROCm SMI, AMD's management library, or AMD SMI, its successor, as loaded into this process.
@safe final class ROCmLibrary: Sendable {
    // SAFETY: the table of functions is never changed after it was made, and freed with this object.
    private nonisolated(unsafe) let library: OpaquePointer

    /// Nil where there is no such library.
    init?(_ names: [String]) {
        for name in names {
            guard let library = unsafe joule_rocm_open(name) else { continue }
            unsafe self.library = library
            return
        }
        return nil
    }

    deinit { unsafe joule_rocm_free(library) }

    /// AMD SMI tells energy and place, and no more that has stayed the same over its versions.
    var isAMDSMI: Bool { unsafe joule_rocm_is_amd_smi(library) }

    /// Connects to the driver.
    func start() throws(DriverFailure) {
        try check(unsafe joule_rocm_start(library), isAMDSMI ? "amdsmi_init" : "rsmi_init")
    }

    func count() throws(DriverFailure) -> Int {
        var count: UInt32 = 0
        try check(unsafe joule_rocm_count(library, &count), "rsmi_num_monitor_devices")
        return Int(count)
    }

    func name(of device: UInt32) -> String? {
        var bytes = [CChar](repeating: 0, count: 128)
        guard unsafe joule_rocm_name(library, device, &bytes, bytes.count) == JOULE_ROCM_SUCCESS
        else { return nil }
        let text = bytes.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        let name = String(decoding: text, as: UTF8.self).trimmed
        return name.isEmpty ? nil : name
    }

    /// A number that no other GPU has.
    func uniqueID(of device: UInt32) -> UInt64? {
        let number = try? unsafe wide("rsmi_dev_unique_id_get") {
            unsafe joule_rocm_unique_id(library, device, $0)
        }
        return number == 0 ? nil : number
    }

    /// The place on the bus, such as `0000:03:00.0`.
    func busAddress(of device: UInt32) -> String? {
        let number = try? unsafe wide("rsmi_dev_pci_id_get") {
            unsafe joule_rocm_pci_address(library, device, $0)
        }
        return number.map {
            let bus = "\(hex($0 >> 32, 4)):\(hex($0 >> 8 & 0xFF, 2))"
            return "\(bus):\(hex($0 >> 3 & 0x1F, 2)).\($0 & 7)"
        }
    }

    // MARK: Readings

    /// Steps of the counter, and the joules of each.
    func energy(of device: UInt32) throws(DriverFailure) -> (steps: UInt64, joulesPerStep: Double) {
        var steps: UInt64 = 0
        var microjoules: Float = 0
        let status = unsafe joule_rocm_energy(library, device, &steps, &microjoules)
        try check(status, isAMDSMI ? "amdsmi_get_energy_count" : "rsmi_dev_energy_count_get")
        return (steps, Double(microjoules) * 1e-6)
    }

    /// Watts.
    func power(of device: UInt32) throws(DriverFailure) -> Double {
        let microwatts = try unsafe wide("rsmi_dev_power_get") {
            unsafe joule_rocm_power(library, device, $0)
        }
        return Double(microwatts) * 1e-6
    }

    /// The limit in force, in watts.
    func powerLimit(of device: UInt32) -> Double? {
        let microwatts = try? unsafe wide("rsmi_dev_power_cap_get") {
            unsafe joule_rocm_power_limit(library, device, $0)
        }
        return microwatts.flatMap { $0 > 0 ? Double($0) * 1e-6 : nil }
    }

    // MARK: Calls

    private func check(_ status: Int32, _ call: String) throws(DriverFailure) {
        guard status != JOULE_ROCM_SUCCESS else { return }
        // SAFETY: the words end with a zero byte and live as long as the library.
        let words = unsafe String(cString: joule_rocm_words(library, status))
        throw DriverFailure(status: Int(status), call: call, words: words)
    }

    private func wide(
        _ call: String,
        _ body: (UnsafeMutablePointer<UInt64>) -> Int32
    ) throws(DriverFailure) -> UInt64 {
        var value: UInt64 = 0
        try check(unsafe body(&value), call)
        return value
    }
}

/// Hexadecimal digits, so many at least.
func hex(_ value: UInt64, _ digits: Int) -> String {
    let text = String(value, radix: 16)
    return String(repeating: "0", count: max(0, digits - text.count)) + text
}
