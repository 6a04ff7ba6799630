import JouleFile
import JouleQuantities

/// One `--where key=value`.
struct RunFilter {
    private let key: String
    private let wanted: String

    /// The keys that name a member of the run itself.
    private static let keys: Set = [
        "id", "project", "stage", "status", "sweep", "user", "account", "tag", "host",
    ]

    init(_ text: String) throws(CommandFailure) {
        guard let sign = text.firstIndex(of: "="), sign > text.startIndex else {
            throw .usage("--where '\(text)' is not key=value; write for example status=failed")
        }
        key = text[..<sign].withoutOuterBlanks
        wanted = text[text.index(after: sign)...].withoutOuterBlanks
        guard Self.keys.contains(key) || key.hasPrefix("config.") else {
            throw .usage(
                "--where does not know '\(key)'; use \(Self.keys.sorted().joined(separator: ", "))"
                    + " or config.PATH"
            )
        }
    }

    /// Whether `run` has the value.
    func keeps(_ run: RunRecord) -> Bool {
        switch key {
        case "id": run.id.description.hasPrefix(wanted)
        case "project": run.project == wanted
        case "stage": run.stage?.rawValue == wanted
        case "status": run.status.rawValue == wanted
        case "sweep": run.sweep == wanted
        case "user": run.user == wanted
        case "account": run.account == wanted
        case "tag": run.tags.contains(wanted)
        case "host": run.hardware?.host == wanted
        default: keepsConfig(run)
        }
    }

    /// Numbers are compared as numbers, so that 1e-3 finds 0.001.
    private func keepsConfig(_ run: RunRecord) -> Bool {
        let path = key.dropFirst("config.".count)
        let leaves = run.config.map { FlatConfig.leaves(of: $0) } ?? []
        return leaves.contains { leaf in
            guard leaf.path == path else { return false }
            if leaf.value == wanted || leaf.value == "\"\(wanted)\"" { return true }
            guard let value = Double(leaf.value), let number = Double(wanted) else { return false }
            return value == number
        }
    }
}

/// The value of `--sort`.
struct RunOrder {
    private let key: String
    private let isReversed: Bool

    /// The keys that name a member of the run itself; any other is a metric.
    private static let keys = [
        "started", "ended", "duration", "epochs", "energy", "project", "status",
    ]

    init(_ text: String) throws(CommandFailure) {
        isReversed = text.hasPrefix("-")
        key = isReversed ? String(text.dropFirst()) : text
        guard !key.isEmpty else { throw .usage("--sort needs a key, such as energy or -started") }
    }

    /// Throws unless the key means something for at least one of `runs`.
    func check(against runs: [RunRecord]) throws(CommandFailure) {
        guard !runs.isEmpty, !Self.keys.contains(key) else { return }
        guard runs.contains(where: { $0.finalValue(of: key) != nil }) else {
            throw .usage(
                "--sort does not know '\(key)': no run has a metric of that name; use "
                    + Self.keys.joined(separator: ", ") + " or a metric"
            )
        }
    }

    /// The runs in order; those without the value come last either way, ties stay as they were.
    func sorted(_ runs: [RunRecord]) -> [RunRecord] {
        let keyed = runs.enumerated().map { (place: $0, run: $1, key: sortKey(of: $1)) }
        return keyed.sorted { left, right in
            switch (left.key, right.key) {
            case (nil, nil): left.place < right.place
            case (nil, _): false
            case (_, nil): true
            case (let a?, let b?):
                a == b ? left.place < right.place : isReversed ? b < a : a < b
            }
        }.map(\.run)
    }

    private func sortKey(of run: RunRecord) -> Key? {
        switch key {
        case "started": number(run.started?.unixSeconds)
        case "ended": number(run.ended?.unixSeconds)
        case "duration": number(run.durationSeconds)
        case "epochs": .number(Double(run.epochCount))
        case "energy": number(run.energy?.joules)
        case "project": run.project.map(Key.text)
        case "status": .text(run.status.rawValue)
        default: number(run.finalValue(of: key))
        }
    }

    private func number(_ value: Double?) -> Key? {
        value.flatMap { $0.isNaN ? nil : .number($0) }
    }

    private enum Key: Comparable {
        case number(Double)
        case text(String)
    }
}
