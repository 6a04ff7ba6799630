import JouleMeters
package import JouleQuantities

/// One bucket of an object store that speaks S3.
///
/// Failures that pass are tried again, with longer and longer pauses; each request may be made twice
/// without harm.
package struct S3Store {
    /// The bucket, as a person names it.
    package let name: String
    let transport: any ObjectTransport
    private let signature: SignatureV4
    /// What the path of every key begins with.
    private let path: String
    private let now: () -> WallTime

    private static let triesMax = 8
    private static let pauseMax = 10.0
    /// No store is waited for longer, whatever it asks.
    private static let waitSecondsMax = 30
    /// A page of a thousand keys of 1024 bytes, each of which may be spelt as six.
    private static let pageSizeMax = 8 << 20

    package init(
        bucket: String,
        settings: S3Settings,
        transport: any ObjectTransport,
        now: @escaping () -> WallTime
    ) {
        name = "s3://\(bucket)"
        self.transport = transport
        signature = SignatureV4(credentials: settings.credentials, region: settings.region)
        path = settings.place(of: bucket).path
        self.now = now
    }

    /// What the store knows of an object.
    package struct Facts: Sendable {
        package let sizeBytes: UInt64
        /// What whoever stored it noted with it, by lower-case names.
        package let notes: [String: String]
    }

    // MARK: Objects

    /// Hands on the keys that begin with `prefix` and the sizes of their objects, page by page.
    package func forEachObject(
        below prefix: String,
        _ body: (_ key: String, _ sizeBytes: UInt64) throws(ObjectStoreError) -> Void
    ) throws(ObjectStoreError) {
        var next: String?
        repeat {
            var call = Call("GET", "")
            call.query = [("list-type", "2"), ("prefix", prefix)]
            if let next { call.query.append(("continuation-token", next)) }
            let page = try answer(to: call) { answer throws(XMLElement.Malformed) in
                try XMLElement(parsing: answer.body)
            }
            for object in page.all("Contents") {
                guard let key = object["Key"],
                    let size = object["Size"].flatMap(UInt64.init)
                else {
                    throw .malformed(place: "\(name)/\(prefix)", reason: "an object without size")
                }
                try body(key, size)
            }
            let token = page["NextContinuationToken"]
            // A page that names itself as the next would never end.
            guard token == nil || token != next else {
                throw .malformed(place: "\(name)/\(prefix)", reason: "its list does not end")
            }
            next = page["IsTruncated"] == "true" ? token : nil
        } while next != nil
    }

    /// What the store knows of an object; nil where it is not there.
    package func facts(of key: String) throws(ObjectStoreError) -> Facts? {
        do throws(ObjectStoreError) {
            return try answer(to: Call("HEAD", key)) { answer throws(XMLElement.Malformed) in
                let headers = answer.headers
                guard let size = headers["content-length"].flatMap(UInt64.init) else {
                    throw .init(reason: "no length", offset: 0)
                }
                var notes: [String: String] = [:]
                for (name, value) in headers where name.hasPrefix(Self.notePrefix) {
                    notes[String(name.dropFirst(Self.notePrefix.count))] = value
                }
                return Facts(sizeBytes: size, notes: notes)
            }
        } catch {
            if case .missing = error { return nil }
            throw error
        }
    }

    static let notePrefix = "x-amz-meta-"

    /// Stores an object, in the place of one that has the key.
    package func put(
        _ content: [UInt8],
        as key: String,
        notes: [String: String]
    ) throws(ObjectStoreError) {
        var call = Call("PUT", key)
        call.content = content
        call.headers = Self.headers(of: notes)
        try answer(to: call) { _ in }
    }

    static func headers(of notes: [String: String]) -> [String: String] {
        var headers: [String: String] = [:]
        for (name, value) in notes { headers[notePrefix + name] = value }
        return headers
    }

    /// `count` bytes of an object from `offset`, which it must have.
    package func read(_ key: String, at offset: UInt64, count: Int) throws(ObjectStoreError)
        -> [UInt8]
    {
        var call = Call("GET", key)
        call.headers["range"] = "bytes=\(offset)-\(offset + UInt64(count) - 1)"
        call.answerSizeMax = max(count, 1 << 16)
        return try answer(to: call) { answer throws(XMLElement.Malformed) in
            guard answer.body.count == count, answer.status == 206 || offset == 0 else {
                throw .init(reason: "\(answer.body.count) bytes, not \(count)", offset: 0)
            }
            return answer.body
        }
    }

    /// Removes an object; no error where it is gone.
    package func remove(_ key: String) throws(ObjectStoreError) {
        do throws(ObjectStoreError) { try answer(to: Call("DELETE", key)) { _ in } } catch {
            guard case .missing = error else { throw error }
        }
    }

    // MARK: Requests

    /// What is asked of the store.
    struct Call {
        let method: String
        let key: String
        var query: [(name: String, value: String)] = []
        /// By lower-case names.
        var headers: [String: String] = [:]
        var content: [UInt8]?
        var answerSizeMax = S3Store.pageSizeMax

        init(_ method: String, _ key: String) {
            self.method = method
            self.key = key
        }
    }

    /// Asks until there is a whole answer that `read` takes.
    @discardableResult
    func answer<Result>(
        to call: Call,
        _ read: (HTTPSAnswer) throws(XMLElement.Malformed) -> Result
    ) throws(ObjectStoreError) -> Result {
        var number = 0
        while true {
            do throws(FailedTry) { return try answerOnce(to: call, read) } catch {
                number += 1
                guard error.isPassing, number < Self.triesMax else { throw error.failure }
                // Anywhere up to twice the last one, so that those who failed together do not come
                // together.
                let longest = min(Self.pauseMax, 0.1 * Double(1 << (number - 1)))
                transport.pause(seconds: error.waitSeconds + Double.random(in: 0...longest))
            }
        }
    }

    /// Why there is no answer this time.
    private struct FailedTry: Error {
        let failure: ObjectStoreError
        var isPassing = true
        /// What the store asks for.
        var waitSeconds = 0.0
    }

    private func answerOnce<Result>(
        to call: Call,
        _ read: (HTTPSAnswer) throws(XMLElement.Malformed) -> Result
    ) throws(FailedTry) -> Result {
        let place = call.key.isEmpty ? name : "\(name)/\(call.key)"
        let answer: HTTPSAnswer
        do throws(HTTPSFailure) { answer = try transport.answer(to: request(call)) } catch {
            let failure = ObjectStoreError.unreachable(
                place: "\(place) at \(transport.origin)",
                reason: error.reason
            )
            throw FailedTry(failure: failure, isPassing: error.isPassing)
        }
        guard (200..<300).contains(answer.status) else {
            let refusal = Refusal(answer)
            throw FailedTry(
                failure: refusal.error(at: place),
                isPassing: refusal.isPassing,
                waitSeconds: Double(min(answer.retryAfterSeconds ?? 0, Self.waitSecondsMax))
            )
        }
        do throws(XMLElement.Malformed) { return try read(answer) } catch {
            throw FailedTry(failure: .malformed(place: place, reason: error.reason))
        }
    }

    private func request(_ call: Call) -> HTTPSRequest {
        let key = PercentEncoding.encode(call.key, keepsSlashes: true)
        var signed = SignatureV4.Request(
            method: call.method,
            path: "\(path)/\(key)",
            headers: call.headers
        )
        signed.headers["host"] = transport.authority
        signed.query = call.query
        signed.content = call.content ?? []
        let query = SignatureV4.query(call.query)
        var request = HTTPSRequest(path: signed.path + (query.isEmpty ? "" : "?\(query)"))
        request.method = call.method
        request.content = call.content
        request.answerSizeMax = call.answerSizeMax
        let headers = signature.headers(of: signed, at: now())
        request.headers = headers.map { "\($0.key): \($0.value)" }.sorted()
        // What would be sent unasked, and is not signed.
        request.headers += ["Expect:", "Content-Type: application/octet-stream"]
        return request
    }
}

/// Why a store does not do what it was asked.
private struct Refusal {
    private let status: Int
    private let code: String
    private let reason: String

    /// Codes that say that less arrived than was sent, or that others are at the same thing.
    private static let passingCodes: Set = [
        "BadDigest", "IncompleteBody", "InternalError", "OperationAborted", "RequestTimeout",
        "SlowDown", "XAmzContentSHA256Mismatch",
    ]

    init(_ answer: HTTPSAnswer) {
        status = answer.status
        let document = try? XMLElement(parsing: answer.body)
        code = document?["Code"] ?? ""
        var said = document?["Message"] ?? ""
        if let region = answer.headers["x-amz-bucket-region"], (300..<400).contains(status) {
            said = "the bucket is in region \(region)"
        }
        reason = said
    }

    var isPassing: Bool {
        status >= 500 || status == 429 || status == 408 || Self.passingCodes.contains(code)
    }

    func error(at place: String) -> ObjectStoreError {
        if isPassing {
            let words = "status \(status) \(code)".withoutOuterBlanks
            return .unreachable(place: place, reason: words)
        }
        if status == 404, code != "NoSuchBucket" { return .missing(place: place) }
        return .refused(place: place, status: status, code: code, reason: reason)
    }
}
