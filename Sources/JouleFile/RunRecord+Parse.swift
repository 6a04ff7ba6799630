package import JouleQuantities

extension RunRecord {
    /// Reads the run record of `Schemas/run-record.schema.json`.
    ///
    /// `null` and absent mean not known; fields that this version does not know are kept in `extra`.
    /// A record without a status is taken as finished, and `assumed` says so.
    package init(json: JSON) throws(RecordError) {
        var fields = try RecordFields(json, at: "")
        guard let id = try fields.runID("run_id") else {
            throw fields.failure("run_id", "is required")
        }
        let status = try fields.word("status", RunStatus.self)
        self.init(id: id, status: status ?? .finished)
        project = try fields.string("project")
        sweep = try fields.string("sweep")
        stage = try fields.word("stage", Stage.self)
        tags = try fields.strings("tags")
        user = try fields.string("user")
        account = try fields.string("account")
        started = try fields.date("started")
        ended = try fields.date("ended")
        config = try fields.object("config")
        seed = fields.any("seed")
        if let seed, seed.object != nil || seed.array != nil {
            throw fields.failure("seed", "expected a number, a string or true or false")
        }
        code = try fields.nested("code").map(CodeIdentity.init(fields:))
        data = try fields.nested("data").map(DataIdentity.init(fields:))
        env = try fields.object("env")
        hardware = try fields.nested("hardware").map(Hardware.init(fields:))
        meters = try fields.list("meters").map(MeterDescription.init(fields:))
        epochs = try fields.list("epochs").map { fields throws(RecordError) in
            try EpochRecord(fields: fields, meters: meters.count)
        }
        metrics = try fields.object("metrics")
        durationSeconds = try fields.amount("duration_s")
        energy = try fields.amount("energy_j").map(Energy.init(joules:))
        deviceEnergy = try fields.deviceEnergy("energy_by_meter", meters: meters.count)
        parents = try fields.list("parents").map(Parent.init(fields:))
        declared = try fields.nested("declared").map(DeclaredEnergy.init(fields:))
        assumed = try fields.strings("assumed")
        if status == nil, !assumed.contains("status") { assumed.append("status") }
        rank = try fields.integer("rank", in: 0...Int64(Int32.max)).map(Int.init)
        worldSize = try fields.integer("world_size", in: 1...Int64(Int32.max)).map(Int.init)
        process = try fields.nested("process").map(ProcessIdentity.init(fields:))
        drops = try fields.object("drops")
        extra = fields.rest
    }
}

extension CodeIdentity {
    init(fields: consuming RecordFields) throws(RecordError) {
        self.init(
            entry: try fields.string("entry"),
            commit: try fields.string("commit"),
            dirty: try fields.bool("dirty"),
            tree: try fields.string("tree")
        )
        extra = fields.rest
    }
}

extension DataIdentity {
    init(fields: consuming RecordFields) throws(RecordError) {
        self.init(
            name: try fields.string("name"),
            fingerprint: try fields.string("fingerprint")
        )
        extra = fields.rest
    }
}

extension Hardware {
    init(fields: consuming RecordFields) throws(RecordError) {
        self.init(host: try fields.string("host"))
        devices = try fields.list("devices").map { item throws(RecordError) in
            var item = item
            guard let kind = try item.string("kind") else {
                throw item.failure("kind", "is required")
            }
            var device = Device(
                kind: kind,
                name: try item.string("name"),
                count: try item.integer("count", in: 0...Int64(Int32.max)).map(Int.init)
            )
            device.extra = item.rest
            return device
        }
        extra = fields.rest
    }
}

extension MeterDescription {
    init(fields: consuming RecordFields) throws(RecordError) {
        guard let device = try fields.string("device"), let source = try fields.string("source"),
            let provenance = try fields.word("provenance", Provenance.self),
            let boundary = try fields.word("boundary", Boundary.self)
        else {
            throw fields.failure("device", "device, source, provenance and boundary are required")
        }
        self.init(
            device: DeviceID(device),
            source: source,
            provenance: provenance,
            boundary: boundary,
            enclosedBy: try fields.string("enclosed_by").map { DeviceID($0) },
            identity: try fields.string("identity")
        )
        extra = fields.rest
    }
}

extension EpochRecord {
    init(fields: consuming RecordFields, meters: Int) throws(RecordError) {
        guard let exact = try fields.place("epoch") else {
            throw fields.failure("epoch", "is required")
        }
        self.init(number: Int(exact.rounded(.down)))
        started = try fields.date("started")
        durationSeconds = try fields.amount("duration_s")
        metrics = try fields.metrics("metrics")
        energy = try fields.amount("energy_j").map(Energy.init(joules:))
        deviceEnergy = try fields.deviceEnergy("energy_by_meter", meters: meters)
        phases = try fields.list("phases").map { item throws(RecordError) in
            var item = item
            guard let name = try item.string("name") else {
                throw item.failure("name", "is required")
            }
            var phase = PhaseRecord(name: name)
            phase.stepRanges = try item.stepRanges("step_ranges", meters: meters)
            try phase.take(&item, meters: meters)
            return phase
        }
        stepRanges = try fields.stepRanges("step_ranges", meters: meters)
        extra = fields.rest
        // Some benchmarks evaluate within epochs: the whole number orders, the exact one is kept.
        if exact != exact.rounded(.down) { extra["epoch"] = .double(exact) }
    }
}

extension PhaseRecord {
    /// What phases and ranges of steps have in common.
    fileprivate mutating func take(_ fields: inout RecordFields, meters: Int) throws(RecordError) {
        started = try fields.date("started")
        durationSeconds = try fields.amount("duration_s")
        deviceEnergy = try fields.deviceEnergy("energy_by_meter", meters: meters)
    }
}

extension RecordFields {
    fileprivate mutating func stepRanges(_ name: String, meters: Int)
        throws(RecordError) -> [PhaseRecord]
    {
        try list(name).map { item throws(RecordError) in
            var item = item
            guard let first = try item.integer("first_step", in: .min ... .max),
                let last = try item.integer("last_step", in: .min ... .max), first <= last
            else {
                throw item.failure(
                    "last_step",
                    "first_step and a last_step not before it are required"
                )
            }
            var range = PhaseRecord(name: StepRange.name)
            range.steps = first...last
            try range.take(&item, meters: meters)
            return range
        }
    }

    mutating func deviceEnergy(_ name: String, meters: Int) throws(RecordError) -> [DeviceEnergy] {
        try list(name).map { item throws(RecordError) in
            var item = item
            guard let meter = try item.integer("meter", in: 0...Int64(max(meters - 1, 0))),
                meter < meters, let joules = try item.amount("energy_j")
            else {
                throw item.failure("meter", "an index into meters and energy_j are required")
            }
            let flags = try item.integer("flags", in: 0...Int64(UInt32.max)) ?? 0
            return DeviceEnergy(
                meter: Int(meter),
                measured: MeasuredEnergy(
                    energy: Energy(joules: joules),
                    coverage: try item.amount("coverage") ?? 1,
                    uncertaintyRelative: try item.amount("uncertainty_rel"),
                    flags: EnergyFlags(rawValue: UInt32(truncatingIfNeeded: flags))
                )
            )
        }
    }
}

extension Parent {
    init(fields: consuming RecordFields) throws(RecordError) {
        guard let id = try fields.runID("run_id") else {
            throw fields.failure("run_id", "is required")
        }
        self.init(id: id, relation: try fields.string("relation") ?? "other")
    }
}

extension DeclaredEnergy {
    init(fields: consuming RecordFields) throws(RecordError) {
        self.init()
        energy = try fields.amount("energy_kwh").map(Energy.init(kilowattHours:))
        boundary = try fields.word("boundary", Boundary.self)
        deviceHours = try fields.amount("device_hours")
        averagePower = try fields.amount("average_power_w").map(Power.init(watts:))
        pue = try fields.amount("pue")
        source = try fields.string("source")
        extra = fields.rest
    }
}

extension ProcessIdentity {
    init(fields: consuming RecordFields) throws(RecordError) {
        guard let host = try fields.string("host"),
            let pid = try fields.integer("pid", in: 1...Int64(Int32.max))
        else { throw fields.failure("pid", "host and pid are required") }
        self.init(
            host: host,
            bootID: try fields.string("boot_id"),
            pid: Int32(pid),
            startTicks: try fields.integer("start_ticks", in: 0...Int64.max).map(UInt64.init)
        )
    }
}
