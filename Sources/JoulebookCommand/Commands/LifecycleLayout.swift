import ArgumentParser
import JouleExchange

/// How `joulebook lifecycle` writes a summary: for a person, as its JSON, or for another program.
enum LifecycleLayout: RawRepresentable, Hashable, ExpressibleByArgument, CaseIterable {
    case table, json, markdown
    case other(LifecycleExport.Format)

    static let allCases =
        [table, json, markdown] + LifecycleExport.Format.allCases.map(LifecycleLayout.other)

    init?(rawValue: String) {
        guard let found = Self.allCases.first(where: { $0.rawValue == rawValue }) else {
            return nil
        }
        self = found
    }

    /// Whether a summary needs whole records of its runs for it.
    var needsRecords: Bool {
        if case .other(let format) = self { format.needsRecords } else { false }
    }

    var rawValue: String {
        switch self {
        case .table: "table"
        case .json: "json"
        case .markdown: "markdown"
        case .other(let format): format.rawValue
        }
    }
}
