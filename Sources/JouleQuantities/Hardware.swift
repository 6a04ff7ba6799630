/// Where a run happened.
public struct Hardware: Sendable, Hashable {
    public var host: String?
    public var devices: [Device] = []
    /// Further facts (CPU topology, memory, kernel, boot id, container), kept as they are.
    public var extra = JSONObject()

    /// A kind of device and how many of it.
    public struct Device: Sendable, Hashable {
        public var kind: String
        public var name: String?
        public var count: Int?
        public var extra = JSONObject()

        public init(kind: String, name: String?, count: Int?) {
            self.kind = kind
            self.name = name
            self.count = count
        }
    }

    public init(host: String?) {
        self.host = host
    }
}

/// One source of energy readings of a run.
public struct MeterDescription: Sendable, Hashable {
    public var device: DeviceID
    /// What was read, such as `rapl:powercap` or `model:cpu`.
    public var source: String
    public var provenance: Provenance
    public var boundary: Boundary
    /// The meter that already contains this one's energy (a package under psys), so that it is not
    /// added again.
    public var enclosedBy: DeviceID?
    /// Boot id and zone path, GPU UUID or BMC id: equal for all readers of one physical meter.
    public var identity: String?
    /// Model name and other facts, kept as they are.
    public var extra = JSONObject()

    public init(
        device: DeviceID, source: String, provenance: Provenance, boundary: Boundary,
        enclosedBy: DeviceID? = nil, identity: String? = nil
    ) {
        self.device = device
        self.source = source
        self.provenance = provenance
        self.boundary = boundary
        self.enclosedBy = enclosedBy
        self.identity = identity
    }
}
