/// What a name alone says about the value that stands under it, ordered by suspicion.
///
/// Names are judged by their word parts (`hfToken`, `hf_token` and `HF-TOKEN` are `hf` and `token`),
/// so that `tokenizer`, `max_tokens`, `author` and `key_dim` are left alone.
package enum SecretName: Int, Comparable, Sendable {
    case harmless
    /// A text is a secret, a number is a count: `token`, `auth`.
    case secretText
    /// Whatever stands here is a secret: `password`, `api_key`.
    case secret

    package static func < (left: SecretName, right: SecretName) -> Bool {
        left.rawValue < right.rawValue
    }

    package init(of name: String) {
        self.init(parts: Self.parts(of: name.utf8))
    }

    init(parts: [String]) {
        guard let last = parts.last else {
            self = .harmless
            return
        }
        let before = parts.dropLast().last
        let endsInPair = zip(parts, parts.dropFirst()).contains { left, right in
            (right == "key" || right == "keys") && Self.keyKinds.contains(left)
                || right == "string" && left == "connection"
        }
        if endsInPair || parts.contains(where: Self.secretWords.contains) {
            self = .secret
        } else if Self.isSecretText(last, before: before) {
            self = .secretText
        } else {
            self = .harmless
        }
    }

    private static func isSecretText(_ last: String, before: String?) -> Bool {
        switch last {
        case "token": before.map { !vocabularyWords.contains($0) } ?? true
        case "tokens": before.map(tokenKinds.contains) ?? false
        case "auth", "oauth": true
        case "pass": before.map(passOwners.contains) ?? true
        case "signature": before == "amz"
        default: false
        }
    }

    private static let secretWords: Set<String> = [
        "password", "passwords", "passwd", "pwd", "passphrase", "secret", "secrets", "credential",
        "credentials", "apikey", "apikeys", "authtoken", "accesstoken", "accesskey", "secretkey",
        "privatekey", "hftoken", "authorization", "cookie", "jwt",
    ]

    /// `X_key` is a secret for these X; a bare `key`, `sort_key` or `public_key` is not.
    private static let keyKinds: Set<String> = [
        "api", "access", "secret", "private", "encryption", "signing", "ssh", "account", "storage",
        "auth", "master", "deploy", "subscription", "openai", "anthropic", "wandb", "comet", "hf",
    ]

    /// `X_tokens` is a secret for these X; otherwise tokens are what a language model counts.
    private static let tokenKinds: Set<String> = [
        "access", "api", "auth", "bearer", "hf", "hub", "refresh", "session",
    ]

    /// `X_token` belongs to a vocabulary or is a count for these X.
    private static let vocabularyWords: Set<String> = [
        "pad", "eos", "bos", "unk", "mask", "cls", "class", "sep", "special", "start", "end",
        "stop", "image", "video", "audio", "text", "prompt", "per", "next", "new", "first", "last",
        "prefix", "suffix", "middle", "blank", "sos", "eot", "num", "max", "min", "n", "total",
        "extra", "additional", "decoder", "patch", "register", "delimiter", "forced", "think",
    ]

    private static let passOwners: Set<String> = [
        "db", "user", "smtp", "mysql", "pg", "postgres", "redis", "login", "root", "admin", "ftp",
        "http", "proxy",
    ]

    /// Lower-case word parts; digits and punctuation separate, and so does a capital.
    static func parts(of name: some Sequence<UInt8>) -> [String] {
        var parts: [String] = []
        var part: [UInt8] = []
        var previous: UInt8 = 0
        var beforeThat: UInt8 = 0
        func close() {
            if !part.isEmpty { parts.append(String(decoding: part, as: UTF8.self).lowercased()) }
            part = []
        }
        for byte in name {
            defer { (beforeThat, previous) = (previous, byte) }
            guard byte.isLetter else {
                close()
                continue
            }
            if byte.isUpper, previous.isLetter, !previous.isUpper { close() }
            // In `APIKey` the K begins the second word, which only the e behind it reveals.
            if !byte.isUpper, previous.isUpper, beforeThat.isUpper, let capital = part.popLast() {
                close()
                part = [capital]
            }
            part.append(byte)
        }
        close()
        return parts
    }
}

extension UInt8 {
    var isUpper: Bool { self >= 0x41 && self <= 0x5A }
    var isDigit: Bool { self >= 0x30 && self <= 0x39 }
    /// ASCII letters, and every byte of a letter outside ASCII.
    var isLetter: Bool { isUpper || self >= 0x61 && self <= 0x7A || self >= 0x80 }
    var isAlphanumeric: Bool { isDigit || isLetter && self < 0x80 }
    var isSpace: Bool { self == 0x20 || self >= 0x09 && self <= 0x0D }
}
