import JouleFile
import JouleQuantities

extension KeptRun {
    /// The bytes that `decode` reads, behind a checksum.
    static func encode(_ kept: RunRecord, _ database: Database) throws(CatalogFailure) -> [UInt8] {
        var out = KeptWriter(database)
        out.put(kept.id.description)
        try out.put(kept.project) { out, name throws(CatalogFailure) in try out.put(name: name) }
        try out.put(kept.sweep) { out, sweep in out.put(sweep) }
        try out.put(kept.stage?.rawValue) { out, stage throws(CatalogFailure) in
            try out.put(name: stage)
        }
        try out.put(name: kept.status.rawValue)
        try out.put(each: kept.tags) { out, tag in out.put(tag) }
        try out.put(kept.started) { out, time in out.put(time.unixNanoseconds) }
        try out.put(kept.ended) { out, time in out.put(time.unixNanoseconds) }
        try out.put(kept.durationSeconds) { out, value in out.put(bits: value) }
        try out.put(kept.energy) { out, energy in out.put(bits: energy.joules) }
        try out.put(kept.meters.isEmpty ? nil : true) { _, _ in }
        try out.put(kept.config) { out, config throws(CatalogFailure) in try out.put(config) }
        try out.put(kept.seed) { out, seed throws(CatalogFailure) in try out.put(seed) }
        try out.put(kept.env) { out, env throws(CatalogFailure) in try out.put(env) }
        try out.put(kept.metrics) { out, metrics throws(CatalogFailure) in try out.put(metrics) }
        try out.put(kept.extra)
        try out.put(kept.code) { out, code throws(CatalogFailure) in try put(code, to: &out) }
        try out.put(kept.data) { out, data throws(CatalogFailure) in
            try out.put(data.name) { out, name in out.put(name) }
            try out.put(data.fingerprint) { out, fingerprint in out.put(fingerprint) }
        }
        try out.put(each: kept.parents) { out, parent throws(CatalogFailure) in
            out.put(parent.id.description)
            try out.put(name: parent.relation)
        }
        try out.put(each: kept.assumed) { out, path throws(CatalogFailure) in
            try out.put(name: path)
        }
        try out.put(kept.worldSize) { out, size in out.put(Int64(size)) }
        try out.put(kept.process) { out, process throws(CatalogFailure) in
            try out.put(name: process.host)
            try out.put(process.bootID) { out, id throws(CatalogFailure) in try out.put(name: id) }
            out.put(Int64(process.pid))
            try out.put(process.startTicks) { out, ticks in out.put(ticks) }
        }
        try out.put(each: kept.epochs) { out, epoch throws(CatalogFailure) in
            try put(epoch, to: &out)
        }
        return littleEndian(checksum(out.bytes, from: 0)) + out.bytes
    }

    private static func put(_ code: CodeIdentity, to out: inout KeptWriter) throws(CatalogFailure) {
        try out.put(code.entry) { out, entry throws(CatalogFailure) in try out.put(name: entry) }
        try out.put(code.commit) { out, commit in out.put(commit) }
        try out.put(code.dirty) { out, dirty in out.put(UInt64(dirty ? 1 : 0)) }
        try out.put(code.tree) { out, tree in out.put(tree) }
        try out.put(code.extra)
    }

    private static func put(_ epoch: EpochRecord, to out: inout KeptWriter) throws(CatalogFailure) {
        out.put(Int64(epoch.number))
        try out.put(epoch.started) { out, time in out.put(time.unixNanoseconds) }
        try out.put(epoch.durationSeconds) { out, value in out.put(bits: value) }
        try out.put(each: epoch.metrics) { out, metric throws(CatalogFailure) in
            try out.put(name: metric.name)
            out.put(bits: metric.value)
        }
    }

    /// Throws where the bytes are not what was written.
    static func decode(_ bytes: [UInt8], _ names: NameSource) throws(CatalogFailure) -> RunRecord {
        let damage = CatalogFailure(isDamage: true)
        guard bytes.count > 8, littleEndian(checksum(bytes, from: 8)) == Array(bytes.prefix(8))
        else { throw damage }
        var read = KeptReader(bytes, from: 8, names)
        guard let id = RunID(try read.text()) else { throw damage }
        var run = RunRecord(id: id, status: .finished)
        run.project = try read.optional { read throws(CatalogFailure) in try read.name() }
        run.sweep = try read.optional { read throws(CatalogFailure) in try read.text() }
        let stage = try read.optional { read throws(CatalogFailure) in try read.name() }
        run.stage = stage.flatMap(Stage.init(rawValue:))
        guard let status = RunStatus(rawValue: try read.name()) else { throw damage }
        run.status = status
        run.tags = try read.list { read throws(CatalogFailure) in try read.text() }
        run.started = try time(&read)
        run.ended = try time(&read)
        run.durationSeconds = try read.optional { read throws(CatalogFailure) in try read.double() }
        let joules = try read.optional { read throws(CatalogFailure) in try read.double() }
        run.energy = joules.map(Energy.init(joules:))
        if try read.byte() != 0 { markMeasured(&run) }
        run.config = try read.optional { read throws(CatalogFailure) in try read.object() }
        run.seed = try read.optional { read throws(CatalogFailure) in try read.json() }
        run.env = try read.optional { read throws(CatalogFailure) in try read.object() }
        run.metrics = try read.optional { read throws(CatalogFailure) in try read.object() }
        run.extra = try read.object()
        run.code = try read.optional(code)
        run.data = try read.optional { read throws(CatalogFailure) in
            DataIdentity(
                name: try read.optional { read throws(CatalogFailure) in try read.text() },
                fingerprint: try read.optional { read throws(CatalogFailure) in try read.text() }
            )
        }
        run.parents = try read.list { read throws(CatalogFailure) in
            guard let id = RunID(try read.text()) else { throw damage }
            return Parent(id: id, relation: try read.name())
        }
        run.assumed = try read.list { read throws(CatalogFailure) in try read.name() }
        let size = try read.optional { read throws(CatalogFailure) in try read.integer() }
        run.worldSize = size.map(Int.init(truncatingIfNeeded:))
        run.process = try read.optional { read throws(CatalogFailure) in
            ProcessIdentity(
                host: try read.name(),
                bootID: try read.optional { read throws(CatalogFailure) in try read.name() },
                pid: Int32(truncatingIfNeeded: try read.integer()),
                startTicks: try read.optional { read throws(CatalogFailure) in try read.word() }
            )
        }
        run.epochs = try read.list(epoch)
        guard read.isAtEnd else { throw damage }
        return run
    }

    private static func time(_ read: inout KeptReader) throws(CatalogFailure) -> WallTime? {
        let time = try read.optional { read throws(CatalogFailure) in try read.integer() }
        return time.map(WallTime.init(unixNanoseconds:))
    }

    private static func code(_ read: inout KeptReader) throws(CatalogFailure) -> CodeIdentity {
        var code = CodeIdentity(
            entry: try read.optional { read throws(CatalogFailure) in try read.name() },
            commit: try read.optional { read throws(CatalogFailure) in try read.text() },
            dirty: try read.optional { read throws(CatalogFailure) in try read.word() == 1 },
            tree: try read.optional { read throws(CatalogFailure) in try read.text() }
        )
        code.extra = try read.object()
        return code
    }

    private static func epoch(_ read: inout KeptReader) throws(CatalogFailure) -> EpochRecord {
        var epoch = EpochRecord(number: Int(try read.integer()))
        epoch.started = try time(&read)
        epoch.durationSeconds = try read.optional { read throws(CatalogFailure) in
            try read.double()
        }
        epoch.metrics = try read.list { read throws(CatalogFailure) in
            Metric(name: try read.name(), value: try read.double())
        }
        return epoch
    }

    private static func checksum(_ bytes: [UInt8], from start: Int) -> UInt64 {
        var hash = Fingerprint64.start
        for place in start..<bytes.count {
            hash = (hash ^ UInt64(bytes[place])) &* 0x0100_0000_01B3
        }
        return hash
    }

    private static func littleEndian(_ value: UInt64) -> [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }
}
