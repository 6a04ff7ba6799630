import CJouleSystem
import JouleQuantities

/// The part of a divided GPU that this process may use.
///
/// MIG devices have no meters, and no driver tells what their processes do: the GPU's energy can only
/// be shared by what a MIG device is made of, whether or not the others are in use.
struct MIGShare: Sendable, Hashable {
    /// The MIG devices, by their UUIDs.
    var devices: [String] = []
    /// Their part of the multiprocessors, from 0 to 1.
    var multiprocessors = 0.0
    /// Their part of the memory, from 0 to 1.
    var memory = 0.0

    /// By multiprocessors and by memory alike: what each of the two draws is not known.
    var share: Double { (multiprocessors + memory) / 2 }

    /// Parts that add up to the whole may exceed it by as much when they are rounded.
    private static let rounding = 1e-9

    /// `named` are the MIG devices of the GPU that the environment names; where it names none and there
    /// is one only that this process may open, as in a container, that one counts.
    init(
        of gpu: NVMLLibrary.Device,
        named: [String],
        _ library: NVMLLibrary
    ) throws(DriverFailure) {
        let whole = try library.sizeMax(of: gpu)
        for device in try Self.devices(of: gpu, named: named, library) {
            let uuid = try library.uuid(of: device)
            guard !devices.contains(uuid) else { continue }
            try add(try library.size(ofMIG: device), of: whole)
            devices.append(uuid)
        }
    }

    private static func devices(
        of gpu: NVMLLibrary.Device,
        named: [String],
        _ library: NVMLLibrary
    ) throws(DriverFailure) -> [NVMLLibrary.Device] {
        guard named.isEmpty else {
            var devices: [NVMLLibrary.Device] = []
            for name in named { devices.append(try library.device(named: name)) }
            return devices
        }
        let devices = try library.migDevices(of: gpu)
        guard devices.count == 1 else {
            throw DriverFailure(
                status: JOULE_NVML_NOT_FOUND,
                call: "CUDA_VISIBLE_DEVICES",
                words: "names none of the GPU's \(devices.count.counted("MIG device"))"
            )
        }
        return devices
    }

    private mutating func add(
        _ part: joule_nvml_size,
        of whole: joule_nvml_size
    ) throws(DriverFailure) {
        // Compute instances of one GPU instance share its memory.
        let ofInstance = max(part.instance_slices, 1)
        let memoryMiB = Double(part.memory_mib) * Double(part.slices) / Double(ofInstance)
        if whole.multiprocessors > 0, whole.memory_mib > 0 {
            multiprocessors += Double(part.multiprocessors) / Double(whole.multiprocessors)
            memory += memoryMiB / Double(whole.memory_mib)
        }
        let isPart =
            part.multiprocessors > 0 && memoryMiB > 0 && part.slices <= ofInstance
            && multiprocessors > 0 && max(multiprocessors, memory) <= 1 + Self.rounding
        multiprocessors = min(multiprocessors, 1)
        memory = min(memory, 1)
        guard isPart
        else {
            throw DriverFailure(
                status: JOULE_NVML_UNKNOWN,
                call: "nvmlDeviceGetAttributes",
                words: "\(part.multiprocessors) multiprocessors and \(part.memory_mib) MiB are no "
                    + "part of \(whole.multiprocessors) and \(whole.memory_mib) MiB"
            )
        }
    }
}

extension MeterDescription {
    /// Says what part of its divided GPU the process may use, or why that is not known.
    mutating func describeDivision(_ share: () throws(DriverFailure) -> MIGShare) {
        extra["mig"] = .bool(true)
        extra["scope"] = .string("the whole GPU: its MIG devices have no meters")
        do throws(DriverFailure) {
            let share = try share()
            extra["mig_devices"] = .array(share.devices.map(JSON.string))
            extra["mig_sm_share"] = .double(share.multiprocessors)
            extra["mig_memory_share"] = .double(share.memory)
            extra["mig_share"] = .double(share.share)
        } catch {
            extra["mig_share_unknown"] = .string("\(error.call): \(error.words)")
        }
    }
}
