import JouleMeters
import JouleQuantities
import JouleTestSupport
import Testing

@testable import JouleExchange

@Suite("Requests to object stores")
struct S3StoreTests {
    /// Answers one after the other, and keeps what was asked.
    private final class Script: ObjectTransport {
        let origin = "https://store.example:443"
        let authority = "store.example"
        private var answers: [Result<HTTPSAnswer, HTTPSFailure>]
        private(set) var asked: [HTTPSRequest] = []
        private(set) var paused = 0.0

        init(_ answers: [Result<HTTPSAnswer, HTTPSFailure>]) { self.answers = answers }

        func answer(to request: HTTPSRequest) throws(HTTPSFailure) -> HTTPSAnswer {
            asked.append(request)
            guard !answers.isEmpty else { throw HTTPSFailure(reason: "over", isPassing: false) }
            return try answers.removeFirst().get()
        }

        func pause(seconds: Double) { paused += seconds }
    }

    private static func store(_ script: Script) throws -> S3Store {
        let environment = [
            "AWS_ACCESS_KEY_ID": "A", "AWS_SECRET_ACCESS_KEY": "B",
            "AWS_ENDPOINT_URL": "https://store.example",
        ]
        let settings = try S3Settings(environment: { environment[$0] }, contents: { _ in nil })
        return S3Store(
            bucket: "bucket",
            settings: settings,
            transport: script,
            now: { WallTime(unixNanoseconds: 0) }
        )
    }

    private static func answer(
        _ status: Int,
        _ body: String = "",
        head: String = "",
        retryAfter: Int? = nil
    ) -> Result<HTTPSAnswer, HTTPSFailure> {
        .success(
            HTTPSAnswer(
                status: status,
                head: Array(head.utf8),
                body: Array(body.utf8),
                retryAfterSeconds: retryAfter
            )
        )
    }

    private static let reset = Result<HTTPSAnswer, HTTPSFailure>.failure(
        HTTPSFailure(reason: "reset", isPassing: true)
    )
    private static let page = """
        <ListBucketResult><IsTruncated>false</IsTruncated>\
        <Contents><Key>a+b&amp;%41</Key><Size>7</Size></Contents></ListBucketResult>
        """

    @Test("What fails and passes is tried again: refusals, resets, answers that are cut off")
    func retried() throws {
        let script = Script([
            Self.answer(503, retryAfter: 7), Self.answer(429), Self.reset,
            Self.answer(200, String(Self.page.dropLast(9))),
            Self.answer(400, "<Error><Code>XAmzContentSHA256Mismatch</Code></Error>"),
            Self.answer(200, Self.page),
        ])
        var found: [String] = []
        try Self.store(script).forEachObject(below: "a") { key, size in
            found.append("\(key) \(size)")
        }
        #expect(found == ["a+b&%41 7"])
        #expect(script.asked.count == 6)
        #expect(script.paused >= 7)
    }

    @Test("It is not tried for ever, nor at once")
    func givenUp() throws {
        let script = Script(Array(repeating: Self.answer(500), count: 99))
        #expect(throws: ObjectStoreError.self) { try Self.store(script).remove("a") }
        #expect(script.asked.count == 8)
        #expect(script.paused < 8 * 10)
    }

    @Test(
        "What another try would not change is told at once",
        arguments: [
            (403, "AccessDenied", "does not allow"), (404, "NoSuchBucket", "no such bucket"),
            (403, "SignatureDoesNotMatch", "credentials"), (301, "PermanentRedirect", "AWS_REGION"),
            (403, "RequestTimeTooSkewed", "clock"),
        ]
    )
    func lasting(status: Int, code: String, words: String) throws {
        let body = "<Error><Code>\(code)</Code><Message>no</Message></Error>"
        let script = Script([Self.answer(status, body)])
        let store = try Self.store(script)
        let error = #expect(throws: ObjectStoreError.self) {
            try store.forEachObject(below: "") { _, _ in }
        }
        #expect(error?.description.contains(words) == true)
        #expect(error?.isGeneral == true)
        #expect(script.asked.count == 1)
    }

    @Test("A list of several pages is followed; one whose next page is itself is not")
    func pages() throws {
        func page(_ key: String, next: String) -> String {
            """
            <ListBucketResult><IsTruncated>true</IsTruncated><Contents><Key>\(key)</Key><Size>1</Size>\
            </Contents><NextContinuationToken>\(next)</NextContinuationToken></ListBucketResult>
            """
        }
        let script = Script([
            Self.answer(200, page("a", next: "x")), Self.answer(200, page("b", next: "y")),
            Self.answer(200, page("c", next: "y")),
        ])
        var keys: [String] = []
        #expect(throws: ObjectStoreError.self) {
            try Self.store(script).forEachObject(below: "") { key, _ in keys.append(key) }
        }
        #expect(keys == ["a", "b", "c"])
        #expect(script.asked[1].path.contains("continuation-token=x"))
    }

    @Test("A list of begun uploads of several pages is followed, and ends")
    func uploads() throws {
        func page(_ id: String, isLast: Bool) -> String {
            """
            <ListMultipartUploadsResult><IsTruncated>\(!isLast)</IsTruncated><Upload><Key>k</Key>\
            <UploadId>\(id)</UploadId></Upload><NextKeyMarker>k</NextKeyMarker>\
            <NextUploadIdMarker>\(id)</NextUploadIdMarker></ListMultipartUploadsResult>
            """
        }
        let script = Script([
            Self.answer(200, page("a", isLast: false)), Self.answer(200, page("b", isLast: true)),
        ])
        #expect(try Self.store(script).uploads(below: "k").map(\.id) == ["a", "b"])
        let asked = try #require(script.asked.last?.path)
        #expect(asked.contains("key-marker=k") && asked.contains("upload-id-marker=a"))
        let empty = page("a", isLast: false).replacing("Upload>", with: "Other>")
        #expect(try Self.store(Script([Self.answer(200, empty)])).uploads(below: "").isEmpty)
    }

    @Test("A piece of an object that is shorter than asked for is asked for again")
    func shortPiece() throws {
        let script = Script([
            Self.answer(206, "ab"), Self.answer(200, "abcd"), Self.answer(206, "abcd"),
        ])
        #expect(try Self.store(script).read("k", at: 8, count: 4) == Array("abcd".utf8))
        #expect(script.asked.count == 3)
        #expect(script.asked[2].headers.contains("range: bytes=8-11"))
    }

    @Test("An end of an upload that fails behind its status is not taken for one")
    func completion() throws {
        let script = Script([
            Self.answer(200, "<Error><Code>InternalError</Code></Error>"),
            Self.answer(404, "<Error><Code>NoSuchUpload</Code></Error>"),
        ])
        #expect(throws: ObjectStoreError.missing(place: "s3://bucket/k")) {
            try Self.store(script).complete(
                .init(key: "k", id: "u"),
                of: [1: .init(sizeBytes: 1, tag: "\"a\"")]
            )
        }
        #expect(script.asked.count == 2)
    }

    @Test("What is put is signed with its hash, and keys are spelt as they are signed")
    func signedContent() throws {
        let script = Script([Self.answer(200)])
        try Self.store(script).put(Array("abc".utf8), as: "a b/ä", notes: ["path": "x"])
        let asked = try #require(script.asked.first)
        #expect(asked.path == "/bucket/a%20b/%C3%A4")
        let hash = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        #expect(asked.headers.contains("x-amz-content-sha256: \(hash)"))
        #expect(asked.headers.contains("x-amz-meta-path: x"))
        #expect(asked.content == Array("abc".utf8))
    }
}
