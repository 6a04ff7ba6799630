/// Where a run happened.
package struct Hardware: Sendable, Hashable {
    package var host: String?
    package var devices: [Device] = []
    /// Further facts (CPU topology, memory, kernel, boot id, container), kept as they are.
    package var extra = JSONObject()

    /// A kind of device and how many of it.
    package struct Device: Sendable, Hashable {
        package var kind: String
        package var name: String?
        package var count: Int?
        package var extra = JSONObject()

        package init(kind: String, name: String?, count: Int?) {
            self.kind = kind
            self.name = name
            self.count = count
        }
    }

    package init(host: String?) {
        self.host = host
    }
}

/// One source of energy readings of a run.
package struct MeterDescription: Sendable, Hashable {
    package var device: DeviceID
    /// What was read, such as `rapl:powercap` or `model:cpu`.
    package var source: String
    package var provenance: Provenance
    package var boundary: Boundary
    /// The meter that already contains this one's energy (a package under psys), so that it is not
    /// added again.
    package var enclosedBy: DeviceID?
    /// Boot id and zone path, GPU UUID or BMC id: equal for all readers of one physical meter.
    package var identity: String?
    /// Model name and other facts, kept as they are.
    package var extra = JSONObject()

    package init(
        device: DeviceID,
        source: String,
        provenance: Provenance,
        boundary: Boundary,
        enclosedBy: DeviceID? = nil,
        identity: String? = nil
    ) {
        self.device = device
        self.source = source
        self.provenance = provenance
        self.boundary = boundary
        self.enclosedBy = enclosedBy
        self.identity = identity
    }
}
