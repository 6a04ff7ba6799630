import FoundationEssentials

/// The base64 of RFC 4648 § 4, in its only canonical spelling.
enum Base64 {
    static func text(_ bytes: [UInt8]) -> String {
        Data(bytes).base64EncodedString()
    }

    /// Nil unless `text` is how these bytes are spelt: whoever could spell them twice could change
    /// a signed note without breaking its signature.
    static func bytes(_ text: some Sequence<UInt8>) -> [UInt8]? {
        let text = Data(text)
        guard let bytes = Data(base64Encoded: text), bytes.base64EncodedData() == text else {
            return nil
        }
        return Array(bytes)
    }
}
