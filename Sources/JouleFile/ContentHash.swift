import JouleFormat

/// SHA-256 for the rooms above the file, which do not see the format itself.
package enum ContentHash {
    /// The 32 bytes of the hash of `bytes`.
    package static func sha256(_ bytes: [UInt8]) -> [UInt8] {
        Digest(of: bytes).bytes
    }

    /// The hash of the UTF-8 bytes of `text` in 64 hexadecimal digits.
    package static func sha256Hex(_ text: String) -> String {
        Digest(of: Array(text.utf8)).hex
    }
}
