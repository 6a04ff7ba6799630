package import JouleQuantities

/// One thing that a reader of a summary must know, and where it shows.
package struct Remark: Sendable, Hashable, Comparable {
    /// A fixed word that scripts may test for, such as `parts_vs_total`.
    package var kind: String
    /// The run, stage or field concerned.
    package var location: String
    /// One sentence.
    package var message: String

    package init(_ kind: String, at location: String, _ message: String) {
        self.kind = kind
        self.location = location
        self.message = message
    }

    package var json: JSON {
        ["kind": .string(kind), "where": .string(location), "message": .string(message)]
    }

    package static func < (left: Remark, right: Remark) -> Bool {
        (left.kind, left.location, left.message) < (right.kind, right.location, right.message)
    }
}
