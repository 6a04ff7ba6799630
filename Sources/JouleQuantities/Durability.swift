/// What a run's rows are safe from, and what calls wait for.
///
/// The first two never wait for a disk. Energies and telemetry are read in the background and
/// follow an epoch by a moment; no call waits for them.
public enum Durability: String, Sendable, Hashable, CaseIterable {
    /// No ring and no synchronisation: `kill -9` loses up to a minute, a power loss what the kernel
    /// had not written back yet.
    case none
    /// The default: `kill -9` loses nothing, a power loss the last second.
    case ring
    /// As `ring`, and the end of an epoch waits until the epoch is on disk.
    case epoch
    /// As `ring`, and every row that a program logs waits until it is on disk.
    case every
}
