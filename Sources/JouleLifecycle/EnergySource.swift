import JouleFile
import JouleQuantities

/// What amounts of energy of many runs are, apart from how much.
///
/// A class, because there are millions of such amounts and few of these.
final class EnergySource: Sendable {
    let provenance: Provenance
    let boundary: Boundary
    /// Amounts of one error share it (F13).
    let error: SharedError
    /// What was metered; nil where no meter saw it.
    let device: DeviceID?

    init(_ provenance: Provenance, _ boundary: Boundary, error: SharedError, device: DeviceID?) {
        self.provenance = provenance
        self.boundary = boundary
        self.error = error
        self.device = device
    }

    /// Of a meter of runs that ran on `host`.
    convenience init(_ meter: MeterDescription, on host: String?) {
        // A model errs in the same way wherever it is used, sensors of a kind on one machine.
        let error =
            meter.provenance == .model
            ? meter.source : "\(meter.source) on \(host ?? "one host")"
        self.init(
            meter.provenance,
            meter.boundary,
            error: SharedError(error),
            device: meter.device
        )
    }
}

/// The name of an error that amounts of energy have in common.
package final class SharedError: Sendable, Hashable, ExpressibleByStringLiteral {
    private let name: String
    private let hash: Int

    init(_ name: String) {
        self.name = name
        hash = name.hashValue
    }

    package convenience init(stringLiteral name: String) { self.init(name) }

    package static func == (left: SharedError, right: SharedError) -> Bool {
        left === right || (left.hash == right.hash && left.name == right.name)
    }

    /// Hashed once, since it is looked up for every amount.
    package func hash(into hasher: inout Hasher) { hasher.combine(hash) }
}
