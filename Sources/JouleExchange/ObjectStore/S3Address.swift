/// A place in an object store, as a person names it: `s3://BUCKET[/PREFIX]`.
package struct S3Address: Sendable, Hashable, CustomStringConvertible {
    package let bucket: String
    /// Without a slash at either end; may be empty.
    package let prefix: String

    /// Bytes of a prefix, so that names of ledgers have room behind it: S3 takes keys of 1024.
    private static let prefixSizeMax = 800

    package init(_ text: String) throws(ObjectStoreError) {
        let scheme = "s3://"
        guard text.hasPrefix(scheme) else {
            throw Self.mistake(text, "not s3://BUCKET/PREFIX")
        }
        let parts = text.dropFirst(scheme.count).split(
            separator: "/",
            maxSplits: 1,
            omittingEmptySubsequences: false
        )
        bucket = String(parts[0])
        guard (3...63).contains(bucket.utf8.count), bucket.utf8.allSatisfy(Self.isOfBucket) else {
            throw Self.mistake(text, "the bucket's name is none")
        }
        var rest = parts.count > 1 ? parts[1] : ""
        if rest.count > 1, rest.hasSuffix("/") { rest.removeLast() }
        prefix = String(rest)
        let names = rest.split(separator: "/", omittingEmptySubsequences: false)
        let isClear = names.allSatisfy { !["", ".", ".."].contains($0) }
        guard prefix.isEmpty || isClear, prefix.utf8.count <= Self.prefixSizeMax,
            prefix.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F })
        else { throw Self.mistake(text, "the prefix has an empty part, or is too long") }
    }

    package var description: String {
        prefix.isEmpty ? "s3://\(bucket)" : "s3://\(bucket)/\(prefix)"
    }

    private static func isOfBucket(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        default: "-._".utf8.contains(byte)
        }
    }

    private static func mistake(_ text: String, _ reason: String) -> ObjectStoreError {
        .misconfigured("\(text.debugDescription): \(reason); as in s3://bucket/team/ledgers")
    }
}
