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
    /// A model stands in for a counter only where there is none: never both for one device. Where the
    /// privileged helper may have the counters, it is asked before that is decided.
    /// `environment` says which of a machine's devices this process may use.
    package static func discover(
        roots: SystemRoots = .live,
        machine: MachineFacts? = nil,
        environment: (String) -> String? = environmentVariable
    ) -> MeterInventory {
        let machine = machine ?? MachineFacts(roots: roots)
        let (cpu, limits) = (machine.cpu, machine.limits)
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
        var standIns = MeterdDriver.StandIns()
        let isProcessorMeasured =
            events.measuresProcessors || rapl.measuresProcessors || sensors.measuresProcessors
            || rails.measuresBoard
        if !isProcessorMeasured {
            let model = CPUModelMeter(roots: roots, cpu: cpu, limits: limits)
            do throws(MeterError) {
                _ = try model.read(at: Instant(nanoseconds: 0))
                standIns.processors = model
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
        if !isMemoryMeasured {
            standIns.memory = MemoryModelMeter(roots: roots, limits: limits)
        }
        var drivers: [any MeterDriver] = []
        var helper = MeterdDriver.Reach.absent(nil)
        if events.meters.isEmpty, rapl.meters.isEmpty {
            helper = MeterdDriver.reach(
                roots: roots,
                environment: environment,
                isWanted: rapl.isRefused
            )
        }
        switch helper {
        case .open(let path):
            drivers.append(MeterdDriver(path: path, boot: roots.bootID, standIns: standIns))
        case .absent(let why):
            if let why { absent.append(why) }
            meters += standIns.meters
        }
        drivers.append(NVMLDriver(roots: roots, environment: environment))
        drivers.append(ROCmDriver(roots: roots, environment: environment))
        drivers.append(IPMIDriver(roots: roots))
        drivers += ExternalDriver.all(roots: roots, environment: environment)
        let declared = DeclaredDevices(roots: roots, environment: environment).found
        meters += declared.meters
        absent += declared.absent
        return MeterInventory(
            meters: meters,
            absent: absent,
            drivers: drivers,
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
