/// The window that an amount of energy was used in.
package enum EnergyWindow: Sendable, Hashable {
    case run
    /// The run's epoch of that index.
    case epoch(Int64)
    /// The run's phase of that ordinal.
    case phase(Int64)

    var kind: UInt64 {
        switch self {
        case .run: 0
        case .epoch: 1
        case .phase: 2
        }
    }

    var number: Int64 {
        switch self {
        case .run: 0
        case .epoch(let index): index
        case .phase(let ordinal): ordinal
        }
    }
}
