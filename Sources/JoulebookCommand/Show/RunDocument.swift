import JouleFile
import JouleQuantities

/// The JSON of `show --json` (`Schemas/run.schema.json`).
enum RunDocument {
    /// One run with the state of the file that holds it.
    ///
    /// `shared` tells what others measured with it, where they were looked at.
    static func json(
        _ run: RunRecord,
        _ attachments: [Attachment],
        shared: SharedEnergy? = nil,
        integrity: Integrity,
        progress: Progress? = nil
    ) -> JSON {
        var document = JSONObject()
        document["schema"] = "joulebook.run/1"
        let record = run.header
        for name in promised { document[name] = record[name] ?? .null }
        document["hardware"] = run.hardware.map(\.json) ?? .null
        document["epochs"] = .array(run.epochs.map { epoch($0, of: run) })
        document["phases"] = phases(run.phases, of: run)
        document["step_ranges"] = phases(run.stepRanges, of: run)
        document["totals"] = [
            "energy_j": .orNull(run.energy?.joules),
            "duration_s": .orNull(run.durationSeconds),
            "epochs": .integer(Int64(run.epochs.count)),
            // A run record lists no steps, whether or not there were any.
            "steps": run.process == nil && run.stepCount == 0
                ? .null : .integer(Int64(run.stepCount)),
        ]
        document["energy"] = energy(run.energy, run.deviceEnergy, run.energyProvenance, of: run)
        document["progress"] = progress?.json
        document["shared"] = shared.map { .object($0.members) } ?? .null
        document["attachments"] = .array(attachments.map(ListedAttachments.json))
        document["integrity"] = IntegrityDocument.json(integrity)
        // Totals carry these under their own names.
        let repeated: Set = ["energy_j", "duration_s", "energy_by_meter"]
        for member in record.members
        where document[member.name] == nil && !repeated.contains(member.name) {
            document[member.name] = member.value
        }
        return .object(document)
    }

    /// Members that are always present, null when not known.
    private static let promised = [
        "run_id", "project", "stage", "status", "started", "ended", "config", "code", "data", "env",
    ]

    /// One epoch.
    static func epoch(_ epoch: EpochRecord, of run: RunRecord) -> JSON {
        var document = JSONObject()
        document["epoch"] = .integer(Int64(epoch.number))
        document["started"] = .orNull(epoch.started?.unixSeconds)
        document["duration_s"] = .orNull(epoch.durationSeconds)
        var metrics = JSONObject()
        for metric in epoch.metrics { metrics[metric.name] = .double(metric.value) }
        document["metrics"] = .object(metrics)
        document["energy"] = energy(
            epoch.energy,
            epoch.deviceEnergy,
            epoch.energy == nil ? nil : run.energyProvenance(of: epoch),
            of: run
        )
        document["phases"] = phases(epoch.phases, of: run)
        document["step_ranges"] = phases(epoch.stepRanges, of: run)
        for member in epoch.extra.members where document[member.name] == nil {
            document[member.name] = member.value
        }
        return .object(document)
    }

    /// Named parts or ranges of steps; nil where there are none.
    private static func phases(_ phases: [PhaseRecord], of run: RunRecord) -> JSON? {
        phases.isEmpty ? nil : .array(phases.map { phase($0, of: run) })
    }

    private static func phase(_ phase: PhaseRecord, of run: RunRecord) -> JSON {
        var document = JSONObject()
        if let steps = phase.steps {
            document["first_step"] = .integer(steps.lowerBound)
            document["last_step"] = .integer(steps.upperBound)
        } else {
            document["name"] = .string(phase.name)
        }
        document["started"] = .orNull(phase.started?.unixSeconds)
        document["duration_s"] = .orNull(phase.durationSeconds)
        document["total_j"] = .orNull(run.meters.total(of: phase.deviceEnergy)?.energy.joules)
        document["devices"] = .array(phase.deviceEnergy.compactMap { device($0, of: run) })
        document["step_ranges"] = phases(phase.stepRanges, of: run)
        return .object(document)
    }

    /// A total, how it is known, and what each meter saw.
    static func energy(
        _ total: Energy?,
        _ devices: [DeviceEnergy],
        _ provenance: Provenance?,
        of run: RunRecord
    ) -> JSON {
        [
            "total_j": .orNull(total?.joules),
            "provenance": .orNull(provenance?.rawValue),
            "devices": .array(devices.compactMap { device($0, of: run) }),
        ]
    }

    private static func device(_ item: DeviceEnergy, of run: RunRecord) -> JSON? {
        guard run.meters.indices.contains(item.meter) else { return nil }
        let meter = run.meters[item.meter]
        var document = JSONObject()
        document["device"] = .string(meter.device.description)
        document["source"] = .string(meter.source)
        document["provenance"] = .string(meter.provenance.rawValue)
        document["boundary"] = .string(meter.boundary.rawValue)
        document["energy_j"] = .double(item.measured.energy.joules)
        document["coverage"] = .double(item.measured.coverage)
        document["uncertainty_rel"] = .orNull(item.measured.uncertaintyRelative)
        let doubts = item.measured.flags.words
        document["flags"] = doubts.isEmpty ? nil : .array(doubts.map(JSON.string))
        document["enclosed_by"] = (meter.enclosedBy?.description).map(JSON.string)
        return .object(document)
    }
}
