import CJouleSystem
import JouleQuantities
import JouleSystem

/// Whom an HTTPS server is taken for who it says it is by, as `JOULEBOOK_METERS_TRUST` says for its host.
///
/// An entry is `HOST[:PORT]=TRUST`; entries are separated by white space. TRUST is the path of a file with
/// certificates in PEM, of an authority or the server's own, or `sha256//` and the hash of its public key in
/// base64. Where nothing is said, the system's authorities decide.
enum HTTPSTrust: Sendable, Hashable {
    case system
    case authority(path: String)
    case pin(String)

    static let variable = "JOULEBOOK_METERS_TRUST"

    /// Of the server that `request` goes to, among the entries of `text`.
    init(of request: HTTPRequest, among text: String) throws(ExternalAddress.Mistake) {
        self = .system
        for entry in text.split(whereSeparator: \.isWhitespace) {
            guard let equals = entry.firstIndex(of: "=") else {
                throw .init(reason: "\(Self.variable): \"\(entry)\" is not HOST=TRUST")
            }
            let names = [request.host, "\(request.host):\(request.port)", "[\(request.host)]"]
            guard names.contains(String(entry[..<equals])) else { continue }
            let trust = String(entry[entry.index(after: equals)...])
            if trust.hasPrefix("/") {
                self = .authority(path: trust)
            } else if Self.isPin(trust) {
                self = .pin(trust)
            } else {
                throw .init(
                    reason:
                        "\(Self.variable): \"\(trust)\" is neither the path of a file of certificates "
                        + "nor sha256// and 44 digits of base64"
                )
            }
        }
    }

    private static func isPin(_ text: String) -> Bool {
        let digits = text.utf8.dropFirst(8)
        let isDigit = { (byte: UInt8) in
            (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte)
                || (0x61...0x7A).contains(byte) || byte == 0x2B || byte == 0x2F
        }
        return text.hasPrefix("sha256//") && digits.count == 44 && digits.last == 0x3D
            && digits.dropLast().allSatisfy(isDigit)
    }
}

/// What a server answered, whether or not it is what was asked for.
package struct HTTPSAnswer: Sendable {
    /// HTTP's.
    package let status: Int
    package let body: [UInt8]
    /// How long the server asks to wait before the next request; nil where it does not say.
    package let retryAfterSeconds: Int?
}

/// A client of HTTPS by libcurl, with the connection that its last request left open; one thread uses it.
@safe final class HTTPSConnection: Sendable {
    static let remedy = "sudo apt install libcurl4   # any libcurl.so.4 will do"

    // SAFETY: touched by the thread of the one meter that has this connection, and freed with it.
    private nonisolated(unsafe) let client: OpaquePointer
    private let trust: HTTPSTrust
    private let last = Lock<Int32>(0)

    /// Bytes of an answer that are read at most.
    private static let sizeBytesMax = 1 << 20

    /// Nil where there is no libcurl.
    init?(_ trust: HTTPSTrust) {
        for name in ["libcurl.so.4", "libcurl-gnutls.so.4"] {
            guard let client = unsafe joule_https_open(name) else { continue }
            unsafe self.client = client
            self.trust = trust
            return
        }
        return nil
    }

    deinit { unsafe joule_https_free(client) }

    /// Whether the last answer was refused because nobody vouches for the server.
    var isUntrusted: Bool {
        let last = last.withLock { $0 }
        return last == JOULE_HTTPS_UNTRUSTED || last == JOULE_HTTPS_WRONG_PIN
    }

    /// The body of the answer; gives up `secondsMax` after the call.
    func body(of request: HTTPRequest, secondsMax: Double) throws(MeterError) -> [UInt8] {
        let answer = try answer(to: request, secondsMax: secondsMax)
        let call = request.origin
        let status = answer.status
        switch status {
        case 200: return answer.body
        case 401, 403:
            throw .refused(call: call, reason: "the name or password is refused (\(status))")
        case 300..<400:
            throw .refused(
                call: call,
                reason: "it points elsewhere (\(status)), which is not followed"
            )
        default: throw .refused(call: call, reason: "HTTP status \(status) for \(request.path)")
        }
    }

    /// Whatever the server answers; gives up `secondsMax` after the call.
    ///
    /// `header` is one more line of the head, and never recorded.
    func answer(
        to request: HTTPRequest,
        header: String? = nil,
        secondsMax: Double
    ) throws(MeterError) -> HTTPSAnswer {
        var answer = unsafe joule_https_answer()
        var result: Int32 = 0
        // SAFETY: at most so many bytes are written, and `count` is how many were.
        let body = unsafe [UInt8](unsafeUninitializedCapacity: Self.sizeBytesMax) { bytes, count in
            unsafe answer.body = bytes.baseAddress
            unsafe answer.capacity = bytes.count
            unsafe result = get(request, header, secondsMax, &answer)
            unsafe count = answer.size
        }
        last.withLock { $0 = result }
        guard result == JOULE_HTTPS_OK else {
            throw .refused(call: request.origin, reason: words(of: result))
        }
        return HTTPSAnswer(
            status: unsafe answer.status,
            body: body,
            retryAfterSeconds: unsafe answer.retry_after_seconds > 0
                ? Int(answer.retry_after_seconds) : nil
        )
    }

    private func get(
        _ request: HTTPRequest,
        _ header: String?,
        _ secondsMax: Double,
        _ answer: inout joule_https_answer
    ) -> Int32 {
        let (authority, pin): (String?, String?) =
            switch trust {
            case .system: (nil, nil)
            case .authority(let path): (path, nil)
            case .pin(let pin): (nil, pin)
            }
        // SAFETY: the texts live until the call returns, and libcurl copies what it keeps.
        return unsafe withOptional(authority) { authority in
            unsafe withOptional(pin) { pin in
                var trust = unsafe joule_https_trust(authority: authority, pin: pin)
                return unsafe withOptional(request.credentials) { credentials in
                    unsafe withOptional(header) { header in
                        unsafe withOptional(request.origin + request.path) { address in
                            var asked = unsafe joule_https_request(
                                address: address,
                                credentials: credentials,
                                header: header,
                                milliseconds: Int32(secondsMax * 1e3)
                            )
                            return unsafe joule_https_get(client, &asked, &trust, &answer)
                        }
                    }
                }
            }
        }
    }

    private func words(of result: Int32) -> String {
        switch Int(result) {
        case JOULE_HTTPS_TOO_LARGE: return "the answer is larger than \(Self.sizeBytesMax) bytes"
        case JOULE_HTTPS_TIMEOUT: return "no answer in time"
        default:
            // SAFETY: the words end with a zero byte and live until the next request.
            return unsafe String(cString: joule_https_words(client, result))
        }
    }
}

/// Lends a text to C; nil is a null pointer.
private func withOptional<Result>(
    _ text: String?,
    _ body: (UnsafePointer<CChar>?) -> Result
) -> Result {
    guard let text else { return body(nil) }
    return unsafe text.withCString { unsafe body($0) }
}

extension HTTPRequest {
    /// The server, such as `https://[::1]:443`.
    var origin: String {
        "\(isSecure ? "https" : "http")://\(host.contains(":") ? "[\(host)]" : host):\(port)"
    }

    /// What to do where nobody vouches for the server: look at its key, and say that it is the right one.
    var trustRemedy: String {
        """
        openssl s_client -connect \(host):\(port) </dev/null 2>/dev/null | openssl x509 -pubkey -noout | \
        openssl pkey -pubin -outform der | openssl dgst -sha256 -binary | base64   # if that is its key: \
        export \(HTTPSTrust.variable)='\(host)=sha256//…'
        """
    }
}
