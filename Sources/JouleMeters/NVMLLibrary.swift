import CJouleSystem

/// NVML, NVIDIA's management library, as loaded into this process.
///
/// Its calls may be made from any thread; each may take milliseconds, or hang when the driver does.
@safe final class NVMLLibrary: Sendable {
    /// A handle of NVML, valid while the library is loaded, which is for good.
    @safe struct Device: @unchecked Sendable {
        fileprivate let handle: joule_nvml_device?
    }

    // SAFETY: the table of functions is never changed after it was made, and freed with this object.
    private nonisolated(unsafe) let library: OpaquePointer

    /// Nil where there is no such library.
    init?(_ names: [String]) {
        for name in names {
            guard let library = unsafe joule_nvml_open(name) else { continue }
            unsafe self.library = library
            return
        }
        return nil
    }

    deinit { unsafe joule_nvml_free(library) }

    /// Connects to the driver.
    func start() throws(DriverFailure) {
        try check(unsafe joule_nvml_start(library), "nvmlInit")
    }

    var driverVersion: String? {
        try? unsafe text("nvmlSystemGetDriverVersion") {
            unsafe joule_nvml_driver_version(library, $0, $1)
        }
    }

    /// How many GPUs the driver has, those included that this process may not open.
    func count() throws(DriverFailure) -> Int {
        Int(
            try unsafe natural("nvmlDeviceGetCount") { unsafe joule_nvml_count(library, $0) }
        )
    }

    func device(at index: Int) throws(DriverFailure) -> Device {
        var handle: joule_nvml_device?
        let place = UInt32(clamping: index)
        try check(
            unsafe joule_nvml_device_at(library, place, &handle),
            "nvmlDeviceGetHandleByIndex"
        )
        return unsafe Device(handle: handle)
    }

    /// A GPU, or a MIG device.
    func device(named uuid: String) throws(DriverFailure) -> Device {
        var found: joule_nvml_device?
        let status = unsafe joule_nvml_device_named(library, uuid, &found)
        try check(status, "nvmlDeviceGetHandleByUUID")
        return unsafe Device(handle: found)
    }

    /// The GPU that the MIG device of this name is a part of.
    func parent(ofMIG uuid: String) throws(DriverFailure) -> Device {
        let part = try device(named: uuid)
        var whole: joule_nvml_device?
        let call = "nvmlDeviceGetDeviceHandleFromMigDeviceHandle"
        try check(unsafe joule_nvml_parent(library, part.handle, &whole), call)
        return unsafe Device(handle: whole)
    }

    func uuid(of device: Device) throws(DriverFailure) -> String {
        try unsafe text("nvmlDeviceGetUUID") {
            unsafe joule_nvml_uuid(library, device.handle, $0, $1)
        }
    }

    func name(of device: Device) -> String? {
        try? unsafe text("nvmlDeviceGetName") {
            unsafe joule_nvml_name(library, device.handle, $0, $1)
        }
    }

    /// Whether the GPU is divided into MIG devices.
    func isDivided(_ device: Device) -> Bool {
        let mode = try? unsafe natural("nvmlDeviceGetMigMode") {
            unsafe joule_nvml_mig_mode(library, device.handle, $0)
        }
        return mode == 1
    }

    /// The MIG devices of a GPU that this process may open.
    func migDevices(of device: Device) throws(DriverFailure) -> [Device] {
        let count = try unsafe natural("nvmlDeviceGetMaxMigDeviceCount") {
            unsafe joule_nvml_mig_count_max(library, device.handle, $0)
        }
        return (0..<min(count, 64)).compactMap { index in
            var found: joule_nvml_device?
            let status = unsafe joule_nvml_mig_at(library, device.handle, index, &found)
            return status == JOULE_NVML_SUCCESS ? unsafe Device(handle: found) : nil
        }
    }

    /// What a MIG device is made of.
    func size(ofMIG device: Device) throws(DriverFailure) -> joule_nvml_size {
        var size = joule_nvml_size()
        let status = unsafe joule_nvml_mig_size(library, device.handle, &size)
        try check(status, "nvmlDeviceGetAttributes")
        return size
    }

    /// What there is of a GPU to be divided.
    func sizeMax(of device: Device) throws(DriverFailure) -> joule_nvml_size {
        var size = joule_nvml_size()
        let status = unsafe joule_nvml_size_max(library, device.handle, &size)
        try check(status, "nvmlDeviceGetGpuInstanceProfileInfo")
        return size
    }

    /// 5 Volta, 6 Turing, 7 Ampere, 8 Ada, 9 Hopper, 10 Blackwell.
    func architecture(of device: Device) -> Int? {
        let number = try? unsafe natural("nvmlDeviceGetArchitecture") {
            unsafe joule_nvml_architecture(library, device.handle, $0)
        }
        return number.map { Int($0) }
    }

    /// The power limit in force, in watts.
    func powerLimit(of device: Device) -> Double? {
        unsafe watts("nvmlDeviceGetEnforcedPowerLimit") {
            unsafe joule_nvml_power_limit(library, device.handle, $0)
        }
    }

    /// The highest power limit that can be set, in watts.
    func powerLimitMax(of device: Device) -> Double? {
        unsafe watts("nvmlDeviceGetPowerManagementLimitConstraints") {
            unsafe joule_nvml_power_limit_max(library, device.handle, $0)
        }
    }

    func memoryBytes(of device: Device) -> UInt64? {
        try? unsafe wide("nvmlDeviceGetMemoryInfo") {
            unsafe joule_nvml_memory(library, device.handle, $0)
        }
    }

    /// Highest clock of the multiprocessors, in megahertz.
    func clockMax(of device: Device) -> Int? {
        let clock = try? unsafe natural("nvmlDeviceGetMaxClockInfo") {
            unsafe joule_nvml_clock_max(library, device.handle, $0)
        }
        return clock.map { Int($0) }
    }

    // MARK: Readings

    /// Millijoules since the driver was loaded.
    func energy(of device: Device) throws(DriverFailure) -> UInt64 {
        try unsafe wide("nvmlDeviceGetTotalEnergyConsumption") {
            unsafe joule_nvml_energy(library, device.handle, $0)
        }
    }

    /// Milliwatts: on Ampere and later a mean of the last second, except for GA100.
    func power(of device: Device) throws(DriverFailure) -> UInt64 {
        let milliwatts = try unsafe natural("nvmlDeviceGetPowerUsage") {
            unsafe joule_nvml_power(library, device.handle, $0)
        }
        return UInt64(milliwatts)
    }

    /// A value by its number, such as power in milliwatts.
    func field(_ number: Int, scope: Int, of device: Device) throws(DriverFailure) -> UInt64 {
        try unsafe wide("nvmlDeviceGetFieldValues(\(number))") {
            unsafe joule_nvml_field(
                library,
                device.handle,
                UInt32(clamping: number),
                UInt32(clamping: scope),
                $0
            )
        }
    }

    /// The power samples that the driver keeps, the oldest first.
    func samples(of device: Device) throws(DriverFailure) -> [joule_nvml_sample] {
        var samples = [joule_nvml_sample](
            repeating: joule_nvml_sample(),
            count: Int(JOULE_NVML_SAMPLES_MAX)
        )
        var count: UInt32 = 0
        let status = unsafe joule_nvml_power_samples(library, device.handle, &samples, &count)
        try check(status, "nvmlDeviceGetSamples")
        return Array(samples.prefix(Int(count)))
    }

    /// The processes that compute on a device; what each of them did since a time of day.
    func processes(
        of device: Device,
        sinceMicroseconds since: UInt64
    ) throws(DriverFailure) -> [DeviceProcess] {
        var found = [joule_nvml_process](
            repeating: joule_nvml_process(),
            count: Int(JOULE_NVML_PROCESSES_MAX)
        )
        var count: UInt32 = 0
        let status = unsafe joule_nvml_processes(library, device.handle, since, &found, &count)
        try check(status, "nvmlDeviceGetComputeRunningProcesses")
        return found.prefix(Int(count)).map { process in
            DeviceProcess(
                id: Int32(clamping: process.pid),
                use: process.percent < 0 ? nil : Double(process.percent)
            )
        }
    }

    // MARK: Calls

    private func check(_ status: Int32, _ call: String) throws(DriverFailure) {
        guard status != JOULE_NVML_SUCCESS else { return }
        // SAFETY: the words end with a zero byte and live as long as the library.
        let words = unsafe String(cString: joule_nvml_words(library, status))
        throw DriverFailure(status: Int(status), call: call, words: words)
    }

    private func natural(
        _ call: String,
        _ body: (UnsafeMutablePointer<UInt32>) -> Int32
    ) throws(DriverFailure) -> UInt32 {
        var value: UInt32 = 0
        try check(unsafe body(&value), call)
        return value
    }

    private func wide(
        _ call: String,
        _ body: (UnsafeMutablePointer<UInt64>) -> Int32
    ) throws(DriverFailure) -> UInt64 {
        var value: UInt64 = 0
        try check(unsafe body(&value), call)
        return value
    }

    private func watts(
        _ call: String,
        _ body: (UnsafeMutablePointer<UInt32>) -> Int32
    ) -> Double? {
        guard let milliwatts = try? unsafe natural(call, body), milliwatts > 0 else { return nil }
        return Double(milliwatts) * 1e-3
    }

    private func text(
        _ call: String,
        _ body: (UnsafeMutablePointer<CChar>, UInt32) -> Int32
    ) throws(DriverFailure) -> String {
        var bytes = [CChar](repeating: 0, count: 128)
        try check(unsafe body(&bytes, UInt32(bytes.count)), call)
        let text = bytes.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        return String(decoding: text, as: UTF8.self).trimmed
    }
}
