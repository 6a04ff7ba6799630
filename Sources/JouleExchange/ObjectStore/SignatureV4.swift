import JouleFile
import JouleQuantities

/// Signs requests to S3 with AWS Signature Version 4.
///
/// Algorithm: "AWS Signature Version 4 for API requests", for S3 with the path encoded once. The hash of
/// what is sent is signed, too, so that nothing that was changed or cut off on its way is stored.
struct SignatureV4: Sendable {
    let credentials: S3Credentials
    let region: String

    private static let algorithm = "AWS4-HMAC-SHA256"

    /// What is signed of a request.
    struct Request {
        var method: String
        /// Percent-encoded.
        var path: String
        /// In no order, not encoded.
        var query: [(name: String, value: String)] = []
        /// By lower-case names; `host` is one of them.
        var headers: [String: String]
        var content: [UInt8] = []
    }

    /// The headers to send with the request: its own and those that sign it.
    func headers(of request: Request, at now: WallTime) -> [String: String] {
        let time = Self.time(now)
        let hash = ContentHash.hex(ContentHash.sha256(request.content))
        var headers = request.headers
        headers["x-amz-content-sha256"] = hash
        headers["x-amz-date"] = time
        headers["x-amz-security-token"] = credentials.sessionToken
        let names = headers.keys.sorted()
        let signed = names.joined(separator: ";")
        let canonical = [
            request.method, request.path, Self.query(request.query),
            names.map { "\($0):\(headers[$0] ?? "")\n" }.joined(), signed, hash,
        ].joined(separator: "\n")
        let scope = "\(time.prefix(8))/\(region)/s3/aws4_request"
        let text = [Self.algorithm, time, scope, ContentHash.sha256Hex(canonical)]
        let signature = Self.hmac(key(on: time.prefix(8)), text.joined(separator: "\n"))
        headers["authorization"] =
            "\(Self.algorithm) Credential=\(credentials.accessKeyID)/\(scope),"
            + "SignedHeaders=\(signed),Signature=\(ContentHash.hex(signature))"
        return headers
    }

    /// The query of an address as it is signed: encoded and sorted.
    static func query(_ query: [(name: String, value: String)]) -> String {
        query.map { (PercentEncoding.encode($0.name), PercentEncoding.encode($0.value)) }
            .sorted { $0 < $1 }
            .map { "\($0)=\($1)" }.joined(separator: "&")
    }

    private func key(on day: Substring) -> [UInt8] {
        var key = Array("AWS4\(credentials.secretAccessKey)".utf8)
        for part in [String(day), region, "s3", "aws4_request"] { key = Self.hmac(key, part) }
        return key
    }

    /// HMAC-SHA256 (RFC 2104).
    static func hmac(_ key: [UInt8], _ text: String) -> [UInt8] {
        let blockSize = 64
        var padded = key.count > blockSize ? ContentHash.sha256(key) : key
        padded += Array(repeating: 0, count: blockSize - padded.count)
        let inner = ContentHash.sha256(padded.map { $0 ^ 0x36 } + Array(text.utf8))
        return ContentHash.sha256(padded.map { $0 ^ 0x5C } + inner)
    }

    /// Such as `20130524T000000Z`.
    private static func time(_ now: WallTime) -> String {
        var text: [UInt8] = []
        Timestamp.append(now.unixNanoseconds, to: &text)
        let seconds = String(decoding: text.prefix { $0 != UInt8(ascii: ".") }, as: UTF8.self)
        return seconds.filter { $0 != "-" && $0 != ":" } + "Z"
    }
}
