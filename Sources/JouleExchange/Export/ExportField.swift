/// A field that a format requires and no ledger knows: the user states it.
package struct ExportField: Sendable {
    package let name: String
    /// The values that there are; empty where any text is one.
    let values: [String]

    /// What to write for a value in an option.
    var words: String { values.isEmpty ? "TEXT" : values.joined(separator: "|") }
}

extension LifecycleExport.Format {
    /// What a user states for documents of this format.
    package var fields: [ExportField] {
        guard self == .boamps else { return [] }
        return [
            ExportField(name: "taskFamily", values: []),
            ExportField(
                name: "dataType",
                values: [
                    "tabular", "audio", "boolean", "image", "video", "object", "text", "token",
                    "word", "other",
                ]
            ),
            ExportField(
                name: "infraType",
                values: ["publicCloud", "privateCloud", "onPremise", "other"]
            ),
        ]
    }

    /// Why `value` cannot stand in the field `name`; nil where it can.
    package func refusal(of name: String, _ value: String) -> String? {
        guard let field = fields.first(where: { $0.name == name }) else {
            let names = fields.map(\.name)
            return names.isEmpty
                ? "\(rawValue) has no field to state"
                : "'\(name)' is no field to state; use \(names.joined(separator: ", "))"
        }
        guard field.values.isEmpty ? !value.isEmpty : field.values.contains(value) else {
            return "'\(value)' is no \(name); use \(field.words)"
        }
        return nil
    }
}
