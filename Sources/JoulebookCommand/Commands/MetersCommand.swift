import ArgumentParser
import Glibc
import JouleFile
import JouleMeters
import JouleQuantities
import JouleSampler

struct MetersCommand: Subcommand {
    static let configuration = CommandConfiguration(
        commandName: "meters",
        abstract: "What can be measured here, what cannot, and why.",
        discussion: """
            Lists every source of energy readings. For one that cannot be used it says why, and the \
            command that would change that. A model is computed from utilisation, not measured. \
            Libraries of vendors are waited for five seconds.

            With --idle it measures, on an idle machine, what each device draws, and keeps \
            that in $XDG_STATE_HOME/joulebook, or ~/.local/state/joulebook. Runs on this \
            machine then record it, and show says how much of their energy it is.

            Examples:
              joulebook meters
              joulebook meters --idle 60
              joulebook meters --json | jq '.absent[].remedy'

            Exit status: 0; 64 wrong usage; 74 the measurement cannot be kept.
            """
    )

    @Flag(help: "Print JSON (Schemas/meters.schema.json).") var json = false
    @Option(
        help: ArgumentHelp("Measure idle power for so long, 1 to 3600.", valueName: "seconds")
    ) var idle: Int?

    /// How long drivers may take to answer.
    private static let patienceNS: Int64 = 5_000_000_000

    func perform(on console: Console) throws(CommandFailure) -> Int32 {
        if let idle, !(1...3600).contains(idle) { throw .usage("--idle takes 1 to 3600 seconds") }
        let durationNS = idle.map { Int64($0) * 1_000_000_000 }
        let (found, energies) = MeterInventory.discover().measured(
            withinNS: Self.patienceNS,
            forNS: durationNS
        )
        var inventory = found
        if let idle {
            let baseline = Self.baseline(of: found, energies, seconds: Double(idle))
            try keep(baseline)
            inventory = MeterInventory(meters: found.meters, absent: found.absent, idle: baseline)
        }
        if json {
            try console.print(document(of: inventory).bytes)
        } else {
            for line in page(of: inventory, look: console.look) { try console.print(line) }
        }
        return 0
    }

    /// Of devices that are measured, for most of the time; a model has no idle power to find out.
    private static func baseline(
        of inventory: MeterInventory,
        _ energies: [Int: MeasuredEnergy],
        seconds: Double
    ) -> IdleBaseline {
        let devices = inventory.meters.enumerated().compactMap {
            place,
            meter -> IdleBaseline.Device? in
            let facts = meter.description
            guard facts.provenance < .model, let measured = energies[place], measured.coverage > 0.5
            else { return nil }
            return IdleBaseline.Device(
                device: facts.device.description,
                source: facts.source,
                watts: measured.energy.joules / (seconds * measured.coverage)
            )
        }
        var now = timespec()
        _ = unsafe clock_gettime(CLOCK_REALTIME, &now)
        return IdleBaseline(measured: Double(now.tv_sec), devices: devices)
    }

    private func keep(_ baseline: IdleBaseline) throws(CommandFailure) {
        guard let place = IdleBaseline.place(roots: .live, environment: environmentVariable) else {
            throw .inputOutput("no place to keep idle power: set XDG_STATE_HOME or HOME")
        }
        // The folders of the way down; those that exist stay as they are.
        var folder = ""
        for part in place.folder.split(separator: "/") {
            folder += "/\(part)"
            _ = unsafe mkdir(folder, 0o700)
        }
        let file = try OutputFile("\(place.folder)/\(place.name)")
        try file.write(Array(baseline.json.text().utf8))
        try file.finish()
    }

    private func document(of inventory: MeterInventory) -> JSON {
        let meters = inventory.meters.map { meter -> JSON in
            let facts = inventory.idle?.marked(meter.description) ?? meter.description
            var item = facts.json.object ?? JSONObject()
            item["uncertainty_rel"] = .orNull(meter.uncertaintyRelative)
            item["refresh_s"] = .double(Double(meter.refreshNS) * 1e-9)
            return .object(item)
        }
        return [
            "schema": "joulebook.meters/1", "meters": .array(meters),
            "absent": .array(inventory.absent.map(\.json)),
        ]
    }

    private func page(of inventory: MeterInventory, look: Console.Look) -> [String] {
        var lines = [look.painted("usable", .strong)]
        if inventory.meters.isEmpty { lines.append("  nothing") }
        var columns: [Table.Column] = [
            .init(title: "device", mayShrink: true), .init(title: "source", mayShrink: true),
            .init(title: "provenance"), .init(title: "boundary"),
            .init(title: "±", isRight: true), .init(title: "part of", mayShrink: true),
        ]
        if inventory.idle != nil { columns.append(.init(title: "idle", isRight: true)) }
        var table = Table(columns)
        for meter in inventory.meters {
            let facts = inventory.idle?.marked(meter.description) ?? meter.description
            let mark = EnergyMark(facts.provenance)
            let idle = facts.extra["idle_power_w"]?.double
            table.append([
                .init(facts.device.description), .init(facts.source),
                .init(mark.sign + facts.provenance.words, mark.paint),
                .init(facts.boundary.rawValue),
                .init(Units.uncertainty(meter.uncertaintyRelative)),
                .init(facts.enclosedBy?.description ?? ""),
                .init(idle.map { "\(Units.significant($0)) W" } ?? ""),
            ])
        }
        if !inventory.meters.isEmpty { lines += table.lines(look: look, indent: 2) }
        guard !inventory.absent.isEmpty else { return lines }
        lines += ["", look.painted("not usable", .strong)]
        for absent in inventory.absent {
            let text = "\(absent.source): \(absent.reason)"
            let wrapped = text.visible.wrapped(to: look.width - 4)
            lines += wrapped.enumerated().map { ($0 == 0 ? "  " : "    ") + $1 }
            // A command is never broken: it is there to be copied.
            if let remedy = absent.remedy { lines.append("    enable it with: \(remedy.visible)") }
        }
        return lines
    }
}
