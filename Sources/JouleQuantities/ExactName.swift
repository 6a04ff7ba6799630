/// A text that equals another one only when their bytes do.
///
/// `String` takes letters and accents for equal however they are put together; names within a ledger
/// are told apart by their code points.
package struct ExactName: Hashable, Sendable {
    package let text: String

    package init(_ text: String) {
        self.text = text
    }

    package static func == (left: ExactName, right: ExactName) -> Bool {
        left.text.isExactly(right.text)
    }
}

extension String {
    /// Whether both are the same code points.
    package func isExactly(_ other: String) -> Bool {
        // What the first comparison tells apart, which is fast, the second one would, too.
        self == other && utf8.elementsEqual(other.utf8)
    }
}
