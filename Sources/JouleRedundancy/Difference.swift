package import JouleQuantities

/// One key in which two runs are spelt, or are, differently.
package struct Difference: Sendable, Hashable {
    package enum Kind: String, Sendable, Hashable {
        /// The same value in another spelling.
        case spelling
        /// Another value.
        case value
        /// A key that is taken to change nothing here: something else switches it off, or it is absent
        /// where the other run holds the only value that the program was ever given.
        case assumed
        /// A key that changes nothing that is computed.
        case ignored
        /// A fact beside the configuration, such as the commit.
        case context
    }

    package var path: String
    package var kind: Kind
    /// As given in the run at hand; nil when absent.
    package var a: JSON?
    /// As given in the earlier run; nil when absent.
    package var b: JSON?

    var json: JSON {
        [
            "path": .string(path), "a": a ?? .null, "b": b ?? .null,
            "kind": .string(kind.rawValue),
        ]
    }
}
