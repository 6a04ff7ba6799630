import JouleFile
import JouleQuantities

extension PreflightAnswer {
    /// Runs of the same recipe and seed that did not finish.
    struct Attempts {
        private let last: Evidence
        private let count: Int
        /// How many epochs the configuration asks for.
        private let planned: Int?

        init(_ unfinished: [Evidence], _ asked: RunRecord, _ roles: KeyRoles) {
            let ordered = unfinished.sorted { left, right in
                let dates = [left, right].map { $0.started?.unixNanoseconds ?? .min }
                return dates[0] != dates[1] ? dates[0] < dates[1] : left.run < right.run
            }
            last = ordered[ordered.count - 1]
            count = ordered.count
            let leaves = asked.config.map { RawLeaves($0).leaves } ?? []
            let epochs = leaves.filter { roles.isBudget($0.path) && $0.path.contains("epoch") }
            let counts = epochs.compactMap { $0.value.integer.flatMap { Int(exactly: $0) } }
            planned = epochs.count == 1 ? counts.first : nil
        }

        /// How far the last one came, and what it took, for a person.
        var sentence: String {
            let date = last.started.map { " of " + CivilTime($0).text } ?? ""
            let energy = last.energy.map { energy in
                let text = Explanation.energyText(energy.joules, isModelled: last.energyIsModelled)
                return ", after \(text)"
            }
            let more = count == 1 ? "" : "; it is the last of \(count) that did not finish"
            let words = "Attempt \(last.run.name)\(date) \(end)\(place)\(energy ?? "")\(more)."
            guard last.status == .running else { return words }
            return "\(last.run.name) is the same experiment and says that it is running, but its "
                + "process was not seen."
        }

        private var end: String { last.status == .killed ? "was killed" : "failed" }

        private var place: String {
            guard let epoch = last.lastEpoch else { return " before an epoch had ended" }
            let of = planned.map { $0 >= epoch ? " of \($0)" : "" } ?? ""
            return " after epoch \(epoch)\(of)"
        }
    }
}
