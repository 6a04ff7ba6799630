package import JouleQuantities

/// The records of a ledger's runs, as its META documents make them one after the other.
package struct RunDocuments: Sendable {
    /// Numbers of the runs in the order of their first document.
    package private(set) var runs: [Int64] = []
    private var records: [Int64: Record] = [:]
    private var epochs: [Int64: [Int64: Record]] = [:]

    package init() {}

    /// The record of a run, epochs apart; empty for a run of which no document tells.
    package func record(of run: Int64) -> JSONObject { records[run]?.object ?? JSONObject() }

    /// The records of all runs, in their order.
    var all: [(run: Int64, record: JSONObject)] { runs.map { ($0, record(of: $0)) } }

    /// What documents say of one epoch beyond the columns of its table.
    package func fields(ofEpoch index: Int64, run: Int64) -> JSONObject {
        epochs[run]?[index]?.object ?? JSONObject()
    }

    /// Indices of the epochs of which documents tell.
    package func epochs(of run: Int64) -> [Int64] { epochs[run]?.keys.sorted() ?? [] }

    /// Takes a document: what it sets first, then what it appends.
    package mutating func take(_ document: MetaDocument) {
        if records[document.run] == nil { runs.append(document.run) }
        // In place: records may be long and documents many.
        Self.change(&records[document.run, default: Record()], by: document)
        for epoch in document.epochs {
            Self.set(
                epoch.fields,
                in: &epochs[document.run, default: [:]][epoch.index, default: Record()]
            )
        }
    }

    private static func change(_ record: inout Record, by document: MetaDocument) {
        set(document.set, in: &record)
        for list in document.append { record.append(list.elements, to: list.name) }
    }

    private static func set(_ members: JSONObject, in record: inout Record) {
        for member in members.members { record.set(member.name, to: member.value) }
    }

    /// An object whose members are found at once, however many there are.
    private struct Record: Sendable {
        /// Nil where a member was removed.
        private var members: [(name: String, value: JSON?)] = []
        private var places: [ExactName: Int] = [:]

        var object: JSONObject {
            JSONObject(
                uniqueMembers: members.compactMap { member in
                    member.value.map { JSONObject.Member(name: member.name, value: $0) }
                }
            )
        }

        mutating func set(_ name: String, to value: JSON) {
            let key = ExactName(name)
            let place = places[key]
            if value == .null {
                guard let place else { return }
                members[place].value = nil
                places[key] = nil
            } else if let place {
                members[place].value = value
            } else {
                places[key] = members.count
                members.append((name, value))
            }
        }

        /// Does nothing where there is something else than a list.
        mutating func append(_ elements: [JSON], to name: String) {
            guard let place = places[ExactName(name)] else {
                return set(name, to: .array(elements))
            }
            guard case .array(var list) = members[place].value else { return }
            // Let go here, so that the list is grown in place.
            members[place].value = nil
            list += elements
            members[place].value = .array(list)
        }
    }
}
