import JouleQuantities

extension MeterOverlaps.NamedReading {
    package func put(to out: inout FactsWriter) {
        switch meter {
        case .identity(let identity):
            out.put(true)
            out.put(recurring: identity)
        case .device(let device, let host):
            out.put(false)
            out.put(recurring: device)
            out.put(recurring: host)
        }
        out.put(startNS)
        out.put(endNS)
    }

    package init(_ read: inout FactsReader) throws(FactsError) {
        meter =
            try read.bool()
            ? .identity(try read.recurringText())
            : .device(try read.recurringText(), host: try read.optionalText())
        startNS = try read.integer()
        endNS = try read.integer()
    }
}

/// Puts facts of runs one behind the other; a frame that recurs is told once.
struct RunFactsWriter {
    private var frames: [RunFrame: Int] = [:]

    /// Puts a run that read meters as `readings` say.
    mutating func put(
        _ run: RunFacts,
        _ readings: [MeterOverlaps.NamedReading],
        to out: inout FactsWriter
    ) {
        let frame = frames[run.frame] ?? frames.count
        out.put(count: frame)
        if frame == frames.count {
            frames[run.frame] = frame
            run.frame.put(to: &out)
        }
        out.put(run.id.description)
        run.own.put(to: &out)
        out.put(each: readings) { $1.put(to: &$0) }
    }
}

/// Takes what `RunFactsWriter` has put; frames that readers of other parts have as well are one object.
struct RunFactsParser {
    private let shared: SharedFrames
    private var frames: [RunFrame] = []

    init(_ shared: SharedFrames) { self.shared = shared }

    mutating func run(
        _ read: inout FactsReader
    ) throws(FactsError) -> (RunFacts, [MeterOverlaps.NamedReading]) {
        let number = try read.word()
        guard number <= UInt64(frames.count) else { throw .damaged }
        if number == UInt64(frames.count) {
            frames.append(shared.frame(of: try RunFrame.record(&read)))
        }
        let frame = frames[Int(number)]
        let facts = RunFacts(id: try read.runID(), frame: frame, try RunFacts.Own(&read))
        return (facts, try read.list(MeterOverlaps.NamedReading.init))
    }
}

extension RunFrame {
    fileprivate func put(to out: inout FactsWriter) {
        var record = JSONObject()
        record["hardware"] = hardware.map(\.json)
        record["meters"] = meters.isEmpty ? nil : .array(meters.map(\.json))
        record["world_size"] = worldSize.map { .integer(Int64($0)) }
        record["env"] = .object(env)
        out.put(JSON.object(record).text())
        out.put(declared) { out, declared in
            // A number of kilowatt-hours is not as many joules to the last digit.
            out.put((declared.energy?.joules))
            out.put(declared.boundary) { $0.put(word: $1) }
            out.put(declared.deviceHours)
            out.put(declared.averagePower?.watts)
            out.put(declared.pue)
            out.put(declared.source) { $0.put($1) }
            out.put(JSON.object(declared.extra).text())
        }
    }

    /// A record that has such a frame.
    fileprivate static func record(_ read: inout FactsReader) throws(FactsError) -> RunRecord {
        guard var members = (try? JSON(parsing: try read.text()))?.object else { throw .damaged }
        members["run_id"] = "frame"
        guard var record = try? RunRecord(json: .object(members)) else { throw .damaged }
        record.declared = try read.optional { read throws(FactsError) in
            var declared = DeclaredEnergy()
            declared.energy = try read.optionalDouble().map(Energy.init(joules:))
            declared.boundary = try read.optional { read throws(FactsError) in
                try read.word(Boundary.self)
            }
            declared.deviceHours = try read.optionalDouble()
            declared.averagePower = try read.optionalDouble().map(Power.init(watts:))
            declared.pue = try read.optionalDouble()
            declared.source = try read.optional { read throws(FactsError) in try read.text() }
            guard let extra = (try? JSON(parsing: try read.text()))?.object else { throw .damaged }
            declared.extra = extra
            return declared
        }
        return record
    }
}

extension RunFacts.Own {
    fileprivate func put(to out: inout FactsWriter) {
        out.put(word: status)
        out.put(stage) { $0.put(word: $1) }
        out.put(recurring: project)
        out.put(recurring: user)
        out.put(recurring: account)
        out.put(recurring: sweep)
        out.put(started)
        out.put(ended)
        out.put(durationSeconds)
        out.put(energy?.joules)
        out.put(each: deviceEnergy) { $1.put(to: &$0) }
        out.put(each: parents) { out, parent in
            out.put(parent.id.description)
            out.put(recurring: parent.relation)
        }
        out.put(count: epochs.count)
        out.put(epochs.joules)
        out.put(epochs.seconds)
        out.put(isSelected)
    }

    fileprivate init(_ read: inout FactsReader) throws(FactsError) {
        status = try read.word(RunStatus.self)
        stage = try read.optional { read throws(FactsError) in try read.word(Stage.self) }
        project = try read.optionalText()
        user = try read.optionalText()
        account = try read.optionalText()
        sweep = try read.optionalText()
        started = try read.optionalTime()
        ended = try read.optionalTime()
        durationSeconds = try read.optionalDouble()
        energy = try read.optionalDouble().map(Energy.init(joules:))
        deviceEnergy = try read.list(DeviceEnergy.init)
        parents = try read.list { read throws(FactsError) in
            Parent(id: try read.runID(), relation: try read.recurringText())
        }
        epochs = EpochSums(
            count: try read.number(),
            joules: try read.optionalDouble(),
            seconds: try read.optionalDouble()
        )
        isSelected = try read.bool()
    }
}

extension DeviceEnergy {
    fileprivate func put(to out: inout FactsWriter) {
        out.put(count: meter)
        out.put(bits: measured.energy.joules)
        out.put(bits: measured.coverage)
        out.put(measured.uncertaintyRelative)
        out.put(UInt64(measured.flags.rawValue))
    }

    fileprivate init(_ read: inout FactsReader) throws(FactsError) {
        self.init(
            meter: try read.number(),
            measured: MeasuredEnergy(
                energy: Energy(joules: try read.double()),
                coverage: try read.double(),
                uncertaintyRelative: try read.optionalDouble(),
                flags: EnergyFlags(rawValue: UInt32(truncatingIfNeeded: try read.word()))
            )
        )
    }
}
