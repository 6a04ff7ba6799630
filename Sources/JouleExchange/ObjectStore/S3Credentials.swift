/// Who asks an object store.
///
/// Nothing of it is ever printed.
package struct S3Credentials: Sendable, Hashable, CustomStringConvertible {
    package let accessKeyID: String
    package let secretAccessKey: String
    package let sessionToken: String?

    package var description: String { "credentials" }

    /// Nil where a part of it is missing, empty or holds what no header can.
    package init?(accessKeyID: String?, secretAccessKey: String?, sessionToken: String?) {
        let token = sessionToken.flatMap { $0.isEmpty ? nil : $0 }
        guard let accessKeyID, let secretAccessKey,
            [accessKeyID, secretAccessKey, token ?? "-"].allSatisfy(Self.isVisible)
        else { return nil }
        self.accessKeyID = accessKeyID
        self.secretAccessKey = secretAccessKey
        self.sessionToken = token
    }

    private static func isVisible(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
    }
}
