import JouleFormat
package import JouleQuantities
import JouleSystem

extension LedgerWriter {
    /// States the run's meters; `appendEnergy` and `appendTelemetry` number them in this order.
    package func describe(meters: [MeterDescription]) {
        annotate(["meters": .array(meters.map(\.json))])
    }

    /// Sets members of the run's record, where an explicit null removes one, and then adds elements to
    /// lists of it.
    package func annotate(_ members: JSON, appending lists: JSON? = nil) {
        guard isActive else { return }
        let document = Self.document(settingUp: members, appending: lists)
        if !push(RingEncoder.meta(document), table: TableID.none) {
            pendingMeta.withLock { $0.append(document) }
            state.wake()
        }
    }

    /// A META document of run 0.
    static func document(settingUp members: JSON, appending lists: JSON? = nil) -> [UInt8] {
        var document = JSONObject()
        document["run"] = 0
        document["set"] = members == [:] ? nil : members
        document["append"] = lists
        var bytes: [UInt8] = []
        JSON.object(document).write(into: &bytes)
        return bytes
    }
}
