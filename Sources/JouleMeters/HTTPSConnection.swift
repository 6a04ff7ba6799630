import CJouleSystem
import Glibc
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

/// A client of HTTP by libcurl, mostly over TLS, with the connection that its last request left open; one
/// thread uses it.
@safe final class HTTPSConnection: Sendable {
    static let remedy = "sudo apt install libcurl4   # any libcurl.so.4 will do"

    // SAFETY: touched by the thread of the one meter that has this connection, and freed with it.
    private nonisolated(unsafe) let client: OpaquePointer
    private let trust: HTTPSTrust
    private let last = Lock<Int32>(0)

    /// Bytes of the head of an answer that are read at most.
    private static let headSizeMax = 1 << 16

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
        let call = request.origin
        var asked = HTTPSRequest(path: request.path)
        asked.credentials = request.credentials
        let answer: HTTPSAnswer
        do throws(HTTPSFailure) {
            answer = try self.answer(to: asked, at: call, secondsMax: secondsMax)
        } catch {
            throw .refused(call: call, reason: error.reason)
        }
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

    /// Whatever the server at `origin` answers; gives up `secondsMax` after the call.
    func answer(
        to request: HTTPSRequest,
        at origin: String,
        secondsMax: Double
    ) throws(HTTPSFailure) -> HTTPSAnswer {
        var answer = unsafe joule_https_answer()
        var result: Int32 = 0
        var head: [UInt8] = []
        let sizeMax = request.answerSizeMax
        // SAFETY: at most so many bytes are written, and `count` is how many were.
        let body = unsafe [UInt8](unsafeUninitializedCapacity: sizeMax) { body, count in
            unsafe head = [UInt8](unsafeUninitializedCapacity: Self.headSizeMax) { head, count in
                unsafe answer.head.bytes = head.baseAddress
                unsafe answer.head.capacity = Self.headSizeMax
                unsafe answer.body.bytes = body.baseAddress
                unsafe answer.body.capacity = sizeMax
                unsafe result = ask(request, origin, secondsMax, &answer)
                unsafe count = answer.head.size
            }
            unsafe count = answer.body.size
        }
        last.withLock { $0 = result }
        guard result == JOULE_HTTPS_OK else {
            throw HTTPSFailure(
                reason: words(of: result, sizeMax),
                isPassing: !Self.lasting.contains(Int(result))
            )
        }
        return HTTPSAnswer(
            status: unsafe answer.status,
            head: head,
            body: body,
            retryAfterSeconds: unsafe answer.retry_after_seconds > 0
                ? Int(answer.retry_after_seconds) : nil
        )
    }

    /// What another try would not change.
    private static let lasting: Set = [
        JOULE_HTTPS_EXITING, JOULE_HTTPS_REFUSED, JOULE_HTTPS_TOO_LARGE, JOULE_HTTPS_UNTRUSTED,
        JOULE_HTTPS_WRONG_PIN,
    ]

    private func ask(
        _ request: HTTPSRequest,
        _ origin: String,
        _ secondsMax: Double,
        _ answer: inout joule_https_answer
    ) -> Int32 {
        let (authority, pin): (String?, String?) =
            switch trust {
            case .system: (nil, nil)
            case .authority(let path): (path, nil)
            case .pin(let pin): (nil, pin)
            }
        // Nothing is sent from somewhere, too.
        let content = request.content.map { $0.isEmpty ? [0] : $0 }
        // SAFETY: the texts live until the call returns, and libcurl copies what it keeps of them; of the
        // content it keeps nothing beyond the call.
        return unsafe withTexts([
            request.method, origin + request.path, request.credentials, authority, pin,
        ]) { texts in
            unsafe withTexts(request.headers) { headers in
                unsafe (content ?? []).withUnsafeBufferPointer { bytes in
                    var trust = unsafe joule_https_trust(authority: texts[3], pin: texts[4])
                    var asked = unsafe joule_https_request(
                        method: texts[0],
                        address: texts[1],
                        credentials: texts[2],
                        headers: headers.baseAddress,
                        header_count: headers.count,
                        content: content == nil ? nil : bytes.baseAddress,
                        content_size: request.content?.count ?? 0,
                        milliseconds: Int32(secondsMax * 1e3)
                    )
                    return unsafe joule_https_ask(client, &asked, &trust, &answer)
                }
            }
        }
    }

    private func words(of result: Int32, _ sizeMax: Int) -> String {
        switch Int(result) {
        case JOULE_HTTPS_TOO_LARGE: return "the answer is larger than \(sizeMax) bytes"
        case JOULE_HTTPS_TIMEOUT: return "no answer in time"
        default:
            // SAFETY: the words end with a zero byte and live until the next request.
            return unsafe String(cString: joule_https_words(client, result))
        }
    }
}

/// Lends texts to C; nil is a null pointer.
private func withTexts<Result>(
    _ texts: [String?],
    _ body: (UnsafeBufferPointer<UnsafePointer<CChar>?>) -> Result
) -> Result {
    let copies = unsafe texts.map { text in unsafe text.flatMap { unsafe strdup($0) } }
    defer { unsafe copies.forEach { unsafe free($0) } }
    let pointers = unsafe copies.map { unsafe UnsafePointer($0) }
    return unsafe pointers.withUnsafeBufferPointer { unsafe body($0) }
}

extension HTTPRequest {
    /// The server, such as `https://[::1]:443`.
    var origin: String {
        "\(isSecure ? "https" : "http")://\(host.contains(":") ? "[\(host)]" : host):\(port)"
    }

    /// The same as a line `Host` has it, without the usual port.
    var authority: String {
        let name = host.contains(":") ? "[\(host)]" : host
        return port == (isSecure ? "443" : "80") ? name : "\(name):\(port)"
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
