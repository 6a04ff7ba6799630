/// What the inventory of the hardware and the choice of meters both want to know of a machine, read once:
/// of hundreds of processors the kernel tells slowly.
package struct MachineFacts: Sendable {
    package let cpu: CPUFacts
    package let limits: ProcessLimits

    package init(roots: SystemRoots = .live) {
        cpu = CPUFacts(roots: roots)
        limits = ProcessLimits(roots: roots)
    }
}
