/// Finds secrets in a text by what they look like, whatever name they stand under.
enum SecretShapes {
    /// The byte ranges to hide, in no order and perhaps overlapping, in linear time.
    static func ranges(in bytes: [UInt8]) -> [Range<Int>] {
        pemKeys(in: bytes) + userInfos(in: bytes) + issuedKeys(in: bytes) + pairs(in: bytes)
    }

    // MARK: Private keys

    /// `-----BEGIN … PRIVATE KEY-----` up to its end line, or to the end of the text.
    private static func pemKeys(in bytes: [UInt8]) -> [Range<Int>] {
        var found: [Range<Int>] = []
        var start = 0
        while let begin = bytes.find("-----BEGIN ", from: start) {
            guard let head = bytes.find("-----", from: begin + 11) else { break }
            start = head
            let title = bytes[begin + 11..<head]
            guard title.count < 64, Array(title).find("PRIVATE KEY", from: 0) != nil else {
                continue
            }
            let tail = bytes.find("-----END ", from: head).flatMap {
                bytes.find("-----", from: $0 + 9)
            }
            start = tail.map { $0 + 5 } ?? bytes.count
            found.append(begin..<start)
        }
        return found
    }

    // MARK: Addresses

    /// The `user:password` of `scheme://user:password@host`, and a long token in its place.
    private static func userInfos(in bytes: [UInt8]) -> [Range<Int>] {
        var found: [Range<Int>] = []
        var start = 0
        while let scheme = bytes.find("://", from: start) {
            let begin = scheme + 3
            let end =
                bytes[begin...].firstIndex { $0.isSpace || $0 == 0x22 || $0 == 0x27 }
                ?? bytes.count
            start = end
            guard let at = bytes[begin..<end].lastIndex(of: UInt8(ascii: "@")) else { continue }
            if isCredential(bytes[begin..<at]) { found.append(begin..<at) }
        }
        return found
    }

    private static func isCredential(_ userInfo: ArraySlice<UInt8>) -> Bool {
        let slash = userInfo.firstIndex(of: UInt8(ascii: "/"))
        guard let colon = userInfo.firstIndex(of: UInt8(ascii: ":")) else {
            // `ssh://git@host` names a user, `https://<40 characters>@host` carries a token.
            return slash == nil && userInfo.count >= 20
        }
        // `http://host:8080/path@2x` has a port there, not a password.
        guard let slash else { return true }
        return colon < slash && !userInfo[(colon + 1)..<slash].allSatisfy(\.isDigit)
    }

    // MARK: Keys that their issuers mark

    private static func issuedKeys(in bytes: [UInt8]) -> [Range<Int>] {
        var found: [Range<Int>] = []
        var start = 0
        while let begin = bytes[start...].firstIndex(where: isKeyByte) {
            let end = bytes[begin...].firstIndex { !isKeyByte($0) } ?? bytes.count
            start = end
            let word = bytes[begin..<end]
            if let shape = shapes.first(where: { word.starts(with: $0.prefix.utf8) }) {
                let secret = word.dropFirst(shape.prefix.utf8.count)
                if shape.accepts(secret) { found.append(begin..<end) }
            } else if let dotted = dottedToken(in: bytes, word: begin..<end) {
                found.append(dotted)
                start = dotted.upperBound
            }
        }
        return found
    }

    private static func isKeyByte(_ byte: UInt8) -> Bool {
        byte.isAlphanumeric || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-")
    }

    /// A JSON Web Token (`eyJ….eyJ….signature`) or a Google access token (`ya29.…`).
    private static func dottedToken(in bytes: [UInt8], word: Range<Int>) -> Range<Int>? {
        let isWebToken = bytes[word].starts(with: "eyJ".utf8)
        guard isWebToken || bytes[word].elementsEqual("ya29".utf8),
            word.upperBound < bytes.count, bytes[word.upperBound] == UInt8(ascii: ".")
        else { return nil }
        let rest = bytes[(word.upperBound + 1)...]
        let isLong = rest.prefix(10).count == 10 && rest.prefix(10).allSatisfy(isKeyByte)
        guard isLong, !isWebToken || rest.starts(with: "eyJ".utf8) else { return nil }
        let end = rest.firstIndex { !isKeyByte($0) && $0 != UInt8(ascii: ".") } ?? bytes.count
        return word.lowerBound..<end
    }

    /// How the keys of one issuer begin, and what must follow for it to be one.
    private struct Shape {
        let prefix: String
        let countMin: Int
        var countMax = Int.max
        /// A run of this many letters and digits, with both kinds in it: names have none.
        var runMin = 0
        var alphanumericOnly = false

        func accepts(_ secret: ArraySlice<UInt8>) -> Bool {
            secret.count >= countMin && secret.count <= countMax
                && (!alphanumericOnly || secret.allSatisfy(\.isAlphanumeric))
                && (runMin == 0 || hasRun(secret))
        }

        private func hasRun(_ secret: ArraySlice<UInt8>) -> Bool {
            secret.split { !$0.isAlphanumeric }.contains { run in
                run.count >= runMin && run.contains(where: \.isDigit)
                    && run.contains(where: \.isLetter)
            }
        }
    }

    private static let shapes: [Shape] =
        ["AKIA", "ASIA", "ABIA", "ACCA"].map {
            Shape(prefix: $0, countMin: 16, countMax: 16, alphanumericOnly: true)
        }
        + ["ghp_", "gho_", "ghu_", "ghs_", "ghr_"].map {
            Shape(prefix: $0, countMin: 20, alphanumericOnly: true)
        }
        + ["sk_live_", "rk_live_", "sk_test_", "rk_test_"].map {
            Shape(prefix: $0, countMin: 16, alphanumericOnly: true)
        }
        + ["xoxb-", "xoxp-", "xoxa-", "xoxr-", "xoxs-"].map { Shape(prefix: $0, countMin: 10) }
        + [
            Shape(prefix: "github_pat_", countMin: 20, runMin: 16),
            Shape(prefix: "glpat-", countMin: 20),
            Shape(prefix: "hf_", countMin: 30, alphanumericOnly: true),
            Shape(prefix: "npm_", countMin: 30, alphanumericOnly: true),
            Shape(prefix: "pypi-", countMin: 50, runMin: 16),
            Shape(prefix: "dop_v1_", countMin: 40, alphanumericOnly: true),
            Shape(prefix: "AIza", countMin: 35, countMax: 35),
            Shape(prefix: "sk-", countMin: 20, runMin: 16),
        ]

    // MARK: Name and value inside one text

    /// The values of `token=X`, `"api_key": "X"`, `?X-Amz-Signature=X` and `Authorization: Bearer X`.
    private static func pairs(in bytes: [UInt8]) -> [Range<Int>] {
        var found: [Range<Int>] = []
        var start = 0
        while let mark = bytes[start...].firstIndex(where: { $0 == 0x3D || $0 == 0x3A }) {
            start = mark + 1
            let name = name(in: bytes, before: mark)
            let verdict = SecretName(parts: SecretName.parts(of: name))
            let isSharedSignature = bytes[mark] == 0x3D && name.elementsEqual("sig".utf8)
            guard verdict != .harmless || isSharedSignature else { continue }
            let value = value(in: bytes, after: mark)
            guard !value.isEmpty else { continue }
            let text = String(decoding: bytes[value], as: UTF8.self)
            let isCount = verdict == .secretText && Double(text) != nil
            if !isCount, !["true", "false", "none", "null"].contains(text.lowercased()) {
                found.append(value)
            }
            start = max(start, value.upperBound)
        }
        return found
    }

    /// The name that ends before `mark`, quotes and spaces between them skipped; 64 bytes at most.
    private static func name(in bytes: [UInt8], before mark: Int) -> ArraySlice<UInt8> {
        let reach = bytes[max(0, mark - 64)..<mark]
        let isBetween: (UInt8) -> Bool = { $0 == 0x22 || $0 == 0x27 || $0 == 0x20 || $0 == 0x5C }
        let end = reach.lastIndex { !isBetween($0) }.map { $0 + 1 } ?? reach.startIndex
        let name = bytes[reach.startIndex..<end]
        let stop = name.lastIndex { !isKeyByte($0) && $0 != UInt8(ascii: ".") }
        return name[(stop.map { $0 + 1 } ?? name.startIndex)...]
    }

    private static func value(in bytes: [UInt8], after mark: Int) -> Range<Int> {
        let open = bytes[(mark + 1)...].prefix(8).firstIndex { $0 != 0x20 && $0 != 0x5C }
        guard var begin = open else { return mark..<mark }
        let first = bytes[begin]
        if first == 0x22 || first == 0x27 {
            begin += 1
            let end = bytes[begin...].firstIndex { $0 == first } ?? bytes.count
            return begin..<end
        }
        var end = wordEnd(in: bytes, from: begin)
        // `Authorization: Bearer X` carries its secret in the second word.
        let scheme = String(decoding: bytes[begin..<end], as: UTF8.self).lowercased()
        if ["bearer", "basic", "token"].contains(scheme), end < bytes.count, bytes[end] == 0x20 {
            end = wordEnd(in: bytes, from: end + 1)
        }
        return begin..<end
    }

    private static func wordEnd(in bytes: [UInt8], from begin: Int) -> Int {
        bytes[begin...].firstIndex { $0.isSpace || "\"'&;,}])".utf8.contains($0) } ?? bytes.count
    }
}

extension [UInt8] {
    /// Where `text` occurs next, from offset `start` on.
    func find(_ text: StaticString, from start: Int) -> Int? {
        let needle = Array(String(describing: text).utf8)
        guard count - start >= needle.count, let head = needle.first else { return nil }
        var place = start
        while let next = self[place...].firstIndex(of: head), count - next >= needle.count {
            if self[next..<next + needle.count].elementsEqual(needle) { return next }
            place = next + 1
        }
        return nil
    }
}
