/// What a run's rows are safe from, and what calls wait for.
///
/// The first two never wait for a disk. Energies and telemetry are read in the background and
/// follow an epoch by a moment; no call waits for them.
///
/// A row is made by each `run.log`, and by the end of an epoch or of a phase: what `epoch.log` was
/// told is in no row before the epoch ends, and dies with the process until then. Where the file
/// system can keep no ring file, rows become blocks after each epoch and each second: a kill or a
/// power loss then takes what came since, of `epoch` and `every` nothing that a call has waited for,
/// and `ring` is told as `none`.
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
