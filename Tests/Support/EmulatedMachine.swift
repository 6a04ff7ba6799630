import FoundationEssentials

/// A tree with `sys/` and `proc/` of a machine that does not exist.
///
/// Files are rewritten in place, as a counter changes under an open descriptor.
package struct EmulatedMachine: ~Copyable {
    private let directory: TemporaryDirectory

    /// The prefix for `SystemRoots(under:)`.
    package var root: String { directory.path }

    package init() {
        directory = TemporaryDirectory()
        write("/proc/sys/kernel/random/boot_id", "6f3c1f0e-0000-4000-8000-000000000001\n")
        write("/proc/cpuinfo", "processor\t: 0\nvendor_id\t: GenuineIntel\n")
    }

    /// Writes a file, making the directories above it.
    package func write(_ path: String, _ content: String) {
        let place = root + path
        let parent = place.split(separator: "/").dropLast().joined(separator: "/")
        do {
            try FileManager.default.createDirectory(
                atPath: "/" + parent,
                withIntermediateDirectories: true
            )
            try Data(content.utf8).write(to: URL(filePath: place))
        } catch {
            preconditionFailure("cannot write \(place): \(error)")
        }
    }

    /// Removes a file or a directory.
    package func remove(_ path: String) {
        try? FileManager.default.removeItem(atPath: root + path)
    }

    /// Adds a powercap zone with its counter at `microjoules`.
    package func addZone(
        _ id: String,
        _ name: String,
        microjoules: UInt64 = 0,
        range: UInt64 = 262_143_328_850
    ) {
        write("/sys/class/powercap/\(id)/name", "\(name)\n")
        write("/sys/class/powercap/\(id)/max_energy_range_uj", "\(range)\n")
        setCounter(id, microjoules)
    }

    /// Sets the counter of a zone.
    package func setCounter(_ id: String, _ microjoules: UInt64) {
        write("/sys/class/powercap/\(id)/energy_uj", "\(microjoules)\n")
    }
}
