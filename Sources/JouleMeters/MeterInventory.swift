import Glibc
import JouleQuantities

/// What can be measured on this machine by this process, and what cannot and why.
package struct MeterInventory: Sendable {
    /// Readable sources; the index is the meter's number in the sampler and the ledger.
    package let meters: [any EnergyMeter]
    package let absent: [AbsentMeter]
    /// Libraries that may have further meters; the sampler opens them on threads of their own.
    package let drivers: [any MeterDriver]
    /// What the devices draw when idle, where somebody had that measured.
    package let idle: IdleBaseline?

    /// Looks for every source once; reads only files of the kernel.
    ///
    /// A model stands in for a counter only where there is none: never both for one device.
    /// `environment` says which of a machine's devices this process may use.
    package static func discover(
        roots: SystemRoots = .live,
        environment: (String) -> String? = environmentVariable
    ) -> MeterInventory {
        let cpu = CPUFacts(roots: roots)
        let limits = ProcessLimits(roots: roots)
        let events = RAPLEvents(roots: roots)
        let rapl = RAPLDiscovery(roots: roots, cpu: cpu, covered: events.devices)
        let sensors = HwmonSensors(roots: roots)
        let rails = JetsonRails(roots: roots)
        var meters = events.meters.map { meter -> any EnergyMeter in
            guard let witness = rapl.witnesses[meter.description.device] else { return meter }
            return CrossCheckedMeter(meter, witness: witness)
        }
        meters += rapl.meters
        meters += sensors.found.meters + rails.found.meters
        var absent = events.absent + rapl.absent + sensors.found.absent + rails.found.absent
        let isProcessorMeasured =
            events.measuresProcessors || rapl.measuresProcessors || sensors.measuresProcessors
            || rails.measuresBoard
        if !isProcessorMeasured {
            let model = CPUModelMeter(roots: roots, cpu: cpu, limits: limits)
            do throws(MeterError) {
                _ = try model.read(at: Instant(nanoseconds: 0))
                meters.append(model)
            } catch {
                let reason = "the model needs the processors' busy time: \(error)"
                absent.append(
                    AbsentMeter(source: CPUModelMeter.source, reason: reason, remedy: nil)
                )
            }
        }
        let isMemoryMeasured =
            events.measuresMemory || rapl.measuresMemory || sensors.measuresMemory
            || rails.measuresBoard
        if !isMemoryMeasured, let model = MemoryModelMeter(roots: roots, limits: limits) {
            meters.append(model)
        }
        let declared = DeclaredDevices(roots: roots, environment: environment).found
        meters += declared.meters
        absent += declared.absent
        return MeterInventory(
            meters: meters,
            absent: absent,
            drivers: [
                NVMLDriver(roots: roots, environment: environment),
                ROCmDriver(roots: roots, environment: environment),
                IPMIDriver(roots: roots),
            ] + ExternalDriver.all(roots: roots, environment: environment),
            idle: IdleBaseline.place(roots: roots, environment: environment).flatMap {
                IdleBaseline(reading: "\($0.folder)/\($0.name)")
            }
        )
    }

    /// Whether there is nothing to measure with, nor a library that may have something.
    package var isEmpty: Bool { meters.isEmpty && drivers.isEmpty }

    package init(
        meters: [any EnergyMeter],
        absent: [AbsentMeter],
        drivers: [any MeterDriver] = [],
        idle: IdleBaseline? = nil
    ) {
        self.meters = meters
        self.absent = absent
        self.drivers = drivers
        self.idle = idle
    }
}

/// A variable of this process's environment.
package func environmentVariable(_ name: String) -> String? {
    // SAFETY: the text is copied at once; a program that changes its environment meanwhile is told by
    // POSIX not to have other threads.
    unsafe getenv(name).map { unsafe String(cString: $0) }
}
