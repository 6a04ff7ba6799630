import JouleQuantities
import Testing

@testable import JouleExchange

/// The examples of "Signature calculations for the authorization header", Amazon S3 API reference.
@Suite("Signature Version 4")
struct SignatureV4Tests {
    private static let now = WallTime(unixNanoseconds: 1_369_353_600 * 1_000_000_000)

    struct Example: CustomTestStringConvertible {
        let name: String
        let request: SignatureV4.Request
        let signature: String

        var testDescription: String { name }
    }

    private static func request(
        _ method: String,
        _ path: String,
        query: [(name: String, value: String)] = [],
        headers: [String: String] = [:],
        content: String = ""
    ) -> SignatureV4.Request {
        var request = SignatureV4.Request(method: method, path: path, headers: headers)
        request.headers["host"] = "examplebucket.s3.amazonaws.com"
        request.query = query
        request.content = Array(content.utf8)
        return request
    }

    static let examples = [
        Example(
            name: "GET Object with a range",
            request: request("GET", "/test.txt", headers: ["range": "bytes=0-9"]),
            signature: "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"
        ),
        Example(
            name: "PUT Object",
            request: request(
                "PUT",
                "/test%24file.text",
                headers: [
                    "date": "Fri, 24 May 2013 00:00:00 GMT",
                    "x-amz-storage-class": "REDUCED_REDUNDANCY",
                ],
                content: "Welcome to Amazon S3."
            ),
            signature: "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"
        ),
        Example(
            name: "GET Bucket Lifecycle, whose query has no value",
            request: request("GET", "/", query: [("lifecycle", "")]),
            signature: "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"
        ),
        Example(
            name: "GET Bucket, whose query is given unsorted",
            request: request("GET", "/", query: [("prefix", "J"), ("max-keys", "2")]),
            signature: "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"
        ),
    ]

    @Test("The published examples have the published signatures", arguments: examples)
    func published(example: Example) throws {
        let credentials = try #require(
            S3Credentials(
                accessKeyID: "AKIAIOSFODNN7EXAMPLE",
                secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
                sessionToken: nil
            )
        )
        let signer = SignatureV4(credentials: credentials, region: "us-east-1")
        let headers = signer.headers(of: example.request, at: Self.now)
        let authorization = try #require(headers["authorization"])
        #expect(authorization.hasSuffix("Signature=\(example.signature)"))
        #expect(
            authorization.contains("AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request")
        )
    }

    @Test("A session's token is sent and signed")
    func sessionToken() throws {
        let credentials = try #require(
            S3Credentials(accessKeyID: "A", secretAccessKey: "B", sessionToken: "T")
        )
        let signer = SignatureV4(credentials: credentials, region: "eu-west-1")
        let headers = signer.headers(of: Self.request("GET", "/"), at: Self.now)
        #expect(headers["x-amz-security-token"] == "T")
        #expect(headers["authorization"]?.contains("x-amz-security-token") == true)
    }

    /// RFC 4231, test cases 1, 2 and 6.
    @Test(
        "HMAC-SHA256 is that of RFC 4231, short keys and long ones",
        arguments: [
            (
                [UInt8](repeating: 0x0B, count: 20), "Hi There",
                "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
            ),
            (
                Array("Jefe".utf8), "what do ya want for nothing?",
                "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
            ),
            (
                [UInt8](repeating: 0xAA, count: 131),
                "Test Using Larger Than Block-Size Key - Hash Key First",
                "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
            ),
        ]
    )
    func hmac(key: [UInt8], text: String, expected: String) {
        let hash = SignatureV4.hmac(key, text)
        #expect(
            hash.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
                == expected
        )
    }
}
