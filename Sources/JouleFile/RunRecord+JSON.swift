package import JouleQuantities

extension RunRecord {
    /// The run record of `Schemas/run-record.schema.json`; what is not known is left out.
    package var json: JSON {
        var record = header
        if !epochs.isEmpty { record["epochs"] = .array(epochs.map(\.json)) }
        return .object(record)
    }

    /// Everything but the epochs.
    package var header: JSONObject {
        var record = JSONObject()
        record["run_id"] = .string(id.description)
        record["project"] = project.map(JSON.string)
        record["sweep"] = sweep.map(JSON.string)
        record["stage"] = (stage?.rawValue).map(JSON.string)
        record["status"] = .string(status.rawValue)
        record["tags"] = tags.isEmpty ? nil : .array(tags.map(JSON.string))
        record["user"] = user.map(JSON.string)
        record["account"] = account.map(JSON.string)
        record["started"] = (started?.unixSeconds).map(JSON.double)
        record["ended"] = (ended?.unixSeconds).map(JSON.double)
        record["config"] = config.map(JSON.object)
        record["seed"] = seed
        record["code"] = code.map(\.json)
        record["data"] = data.map(\.json)
        record["env"] = env.map(JSON.object)
        record["hardware"] = hardware.map(\.json)
        record["meters"] = meters.isEmpty ? nil : .array(meters.map(\.json))
        record["metrics"] = metrics.map(JSON.object)
        record["duration_s"] = durationSeconds.map(JSON.double)
        record["energy_j"] = (energy?.joules).map(JSON.double)
        record["energy_by_meter"] = deviceEnergy.jsonList
        record["parents"] =
            parents.isEmpty
            ? nil
            : .array(
                parents.map {
                    ["run_id": .string($0.id.description), "relation": .string($0.relation)]
                }
            )
        record["declared"] = declared.map(\.json)
        record["assumed"] = assumed.isEmpty ? nil : .array(assumed.map(JSON.string))
        record["rank"] = rank.map { .integer(Int64($0)) }
        record["world_size"] = worldSize.map { .integer(Int64($0)) }
        record["process"] = process.map(\.json)
        record["drops"] = drops.map(JSON.object)
        record.append(extra)
        return record
    }
}

extension JSONObject {
    /// Adds members whose names are not taken.
    fileprivate mutating func append(_ rest: JSONObject) {
        for member in rest.members where self[member.name] == nil {
            self[member.name] = member.value
        }
    }
}

extension CodeIdentity {
    package var json: JSON {
        var object = JSONObject()
        object["entry"] = entry.map(JSON.string)
        object["commit"] = commit.map(JSON.string)
        object["dirty"] = dirty.map(JSON.bool)
        object["tree"] = tree.map(JSON.string)
        object.append(extra)
        return .object(object)
    }
}

extension DataIdentity {
    package var json: JSON {
        var object = JSONObject()
        object["name"] = name.map(JSON.string)
        object["fingerprint"] = fingerprint.map(JSON.string)
        object.append(extra)
        return .object(object)
    }
}

extension Hardware {
    /// The `hardware` member of a run record.
    package var json: JSON {
        var object = JSONObject()
        object["host"] = host.map(JSON.string)
        let devices = devices.map { device -> JSON in
            var item = JSONObject()
            item["kind"] = .string(device.kind)
            item["name"] = device.name.map(JSON.string)
            item["count"] = device.count.map { .integer(Int64($0)) }
            item.append(device.extra)
            return .object(item)
        }
        if !devices.isEmpty { object["devices"] = .array(devices) }
        object.append(extra)
        return .object(object)
    }
}

extension MeterDescription {
    /// An element of the `meters` member of a run record.
    package var json: JSON {
        var object = JSONObject()
        object["device"] = .string(device.description)
        object["source"] = .string(source)
        object["provenance"] = .string(provenance.rawValue)
        object["boundary"] = .string(boundary.rawValue)
        object["enclosed_by"] = (enclosedBy?.description).map(JSON.string)
        object["identity"] = identity.map(JSON.string)
        object.append(extra)
        return .object(object)
    }
}

extension [DeviceEnergy] {
    fileprivate var jsonList: JSON? {
        guard !isEmpty else { return nil }
        return .array(
            map { item in
                var object = JSONObject()
                object["meter"] = .integer(Int64(item.meter))
                object["energy_j"] = .double(item.measured.energy.joules)
                object["coverage"] = .double(item.measured.coverage)
                object["uncertainty_rel"] = item.measured.uncertaintyRelative.map(JSON.double)
                let flags = item.measured.flags.rawValue
                if flags != 0 { object["flags"] = .integer(Int64(flags)) }
                return .object(object)
            }
        )
    }
}

extension EpochRecord {
    /// An element of the `epochs` member of a run record.
    package var json: JSON {
        var object = JSONObject()
        object["epoch"] = extra["epoch"] ?? .integer(Int64(number))
        object["started"] = (started?.unixSeconds).map(JSON.double)
        object["duration_s"] = durationSeconds.map(JSON.double)
        if !metrics.isEmpty {
            var values = JSONObject()
            for metric in metrics { values[metric.name] = .double(metric.value) }
            object["metrics"] = .object(values)
        }
        object["energy_j"] = (energy?.joules).map(JSON.double)
        object["energy_by_meter"] = deviceEnergy.jsonList
        if !phases.isEmpty { object["phases"] = .array(phases.map(\.json)) }
        if !stepRanges.isEmpty { object["step_ranges"] = .array(stepRanges.map(\.json)) }
        object.append(extra)
        return .object(object)
    }
}

extension PhaseRecord {
    fileprivate var json: JSON {
        var object = JSONObject()
        if let steps {
            object["first_step"] = .integer(steps.lowerBound)
            object["last_step"] = .integer(steps.upperBound)
        } else {
            object["name"] = .string(name)
        }
        object["started"] = (started?.unixSeconds).map(JSON.double)
        object["duration_s"] = durationSeconds.map(JSON.double)
        object["energy_by_meter"] = deviceEnergy.jsonList
        if !stepRanges.isEmpty { object["step_ranges"] = .array(stepRanges.map(\.json)) }
        return .object(object)
    }
}

extension DeclaredEnergy {
    fileprivate var json: JSON {
        var object = JSONObject()
        object["energy_kwh"] = (energy?.kilowattHours).map(JSON.double)
        object["boundary"] = (boundary?.rawValue).map(JSON.string)
        object["device_hours"] = deviceHours.map(JSON.double)
        object["average_power_w"] = (averagePower?.watts).map(JSON.double)
        object["pue"] = pue.map(JSON.double)
        object["source"] = source.map(JSON.string)
        object.append(extra)
        return .object(object)
    }
}

extension ProcessIdentity {
    fileprivate var json: JSON {
        var object = JSONObject()
        object["host"] = .string(host)
        object["boot_id"] = bootID.map(JSON.string)
        object["pid"] = .integer(Int64(pid))
        object["start_ticks"] = startTicks.flatMap { Int64(exactly: $0) }.map(JSON.integer)
        return .object(object)
    }
}
