import ArgumentParser
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

            Examples:
              joulebook meters
              joulebook meters --json | jq '.absent[].remedy'

            Exit status: 0; 64 wrong usage.
            """
    )

    @Flag(help: "Print JSON (Schemas/meters.schema.json).") var json = false

    /// How long drivers may take to answer.
    private static let patienceNS: Int64 = 5_000_000_000

    func perform(on console: Console) throws(CommandFailure) -> Int32 {
        let inventory = MeterInventory.discover().opened(withinNS: Self.patienceNS)
        if json {
            try console.print(document(of: inventory).bytes)
        } else {
            for line in page(of: inventory, look: console.look) { try console.print(line) }
        }
        return 0
    }

    private func document(of inventory: MeterInventory) -> JSON {
        let meters = inventory.meters.map { meter -> JSON in
            var item = meter.description.json.object ?? JSONObject()
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
        var table = Table([
            .init(title: "device", mayShrink: true), .init(title: "source", mayShrink: true),
            .init(title: "provenance"), .init(title: "boundary"),
            .init(title: "±", isRight: true), .init(title: "part of", mayShrink: true),
        ])
        for meter in inventory.meters {
            let facts = meter.description
            let mark = EnergyMark(facts.provenance)
            table.append([
                .init(facts.device.description), .init(facts.source),
                .init(mark.sign + facts.provenance.words, mark.paint),
                .init(facts.boundary.rawValue),
                .init(Units.uncertainty(meter.uncertaintyRelative)),
                .init(facts.enclosedBy?.description ?? ""),
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
