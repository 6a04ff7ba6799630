import JouleFile
import Testing

@testable import JouleExchange

@Suite("Names and settings of object stores")
struct S3NamesTests {
    private static let fileID = String(repeating: "0f", count: 16)
    private static let root = String(repeating: "a1", count: 32)

    // MARK: Addresses

    @Test(
        "An address is a bucket and a prefix",
        arguments: [
            ("s3://bucket", "bucket", ""), ("s3://bucket/", "bucket", ""),
            ("s3://my.bucket-1/a/b c", "my.bucket-1", "a/b c"), ("s3://bucket/a/", "bucket", "a"),
        ]
    )
    func address(text: String, bucket: String, prefix: String) throws {
        let address = try S3Address(text)
        #expect(address.bucket == bucket)
        #expect(address.prefix == prefix)
    }

    @Test(
        "What is no address is refused",
        arguments: [
            "", "bucket/a", "http://bucket", "s3:/bucket", "s3://", "s3://ab", "s3://b@cket",
            "s3://bucket//",
            "s3://bucket/a//b", "s3://bucket/../b", "s3://bucket/.", "s3://bucket/a\nb",
            "s3://bucket/" + String(repeating: "a", count: 801),
        ]
    )
    func noAddress(text: String) {
        #expect(throws: ObjectStoreError.self) { try S3Address(text) }
    }

    // MARK: Objects

    @Test("A name tells the version, and names sort as their numbers of blocks do")
    func objectName() throws {
        var keys: [String] = []
        for blocks: UInt64 in [0, 9, 10, 1 << 40, (1 << 63) - 1] {
            let version = try #require(
                LedgerVersion(fileID: Self.fileID, blocks: blocks, root: Self.root)
            )
            let key = LedgerObject.key(of: version, below: "a/b")
            let object = try #require(LedgerObject(key: key, sizeBytes: 5))
            #expect(object.version == version)
            keys.append(key)
        }
        #expect(keys == keys.sorted())
        #expect(keys[1] == "a/b/\(Self.fileID)/0000000000000000009-\(Self.root).joule")
    }

    @Test(
        "Other keys are no versions",
        arguments: [
            "", "x.joule", "\(fileID)/x.joule", "\(fileID)/0000000000000000009-\(root)",
            "\(fileID)/9-\(root).joule", "\(fileID.uppercased())/0000000000000000009-\(root).joule",
            "\(fileID)/9223372036854775808-\(root).joule",
            "\(fileID)/+000000000000000009-\(root).joule",
            "\(fileID)/0000000000000000009-\(root.dropLast()).joule",
            "\(fileID)/0000000000000000009-\(root)-a.joule",
        ]
    )
    func noObject(key: String) {
        #expect(LedgerObject(key: key, sizeBytes: 0) == nil)
    }

    @Test(
        "A ledger's name comes back, however it is spelt",
        arguments: ["a.joule", "projekt ä/b%2F.joule", "a/b/c~2.joule"]
    )
    func ledgerName(name: String) {
        #expect(LedgerName.name(of: Self.fileID, notes: LedgerName.notes(of: name)) == name)
    }

    @Test(
        "A name that leads elsewhere, or would not be found, is made of the file's id",
        arguments: [
            "../a.joule", "/a.joule", "a//b.joule", "a", ".claims/a.joule", ".a.joule",
            "a\u{7}.joule",
            String(repeating: "a", count: 2000) + ".joule",
            String(repeating: "a", count: 201) + ".joule",
        ]
    )
    func strangeName(name: String) {
        let found = LedgerName.name(of: Self.fileID, notes: LedgerName.notes(of: name))
        #expect(found == "\(Self.fileID).joule")
    }

    @Test(
        "A note that is no percent-encoding is none",
        arguments: ["%", "%4", "%zz.joule", "%FF.joule"]
    )
    func strangeNote(text: String) {
        let found = LedgerName.name(of: Self.fileID, notes: ["joulebook-path": text])
        #expect(found == "\(Self.fileID).joule")
    }

    @Test("Parts are of 8 MiB, and more where there would be too many")
    func partSize() {
        #expect(LedgerPush.partSize(of: 9 << 20) == 8 << 20)
        #expect(LedgerPush.partSize(of: 80_000 << 20) == 8 << 20)
        #expect(LedgerPush.partSize(of: (80_000 << 20) + 1) == 9 << 20)
    }

    // MARK: Settings

    private static let files = [
        "/h/.aws/credentials": """
        [default]
        aws_access_key_id = D
        aws_secret_access_key=DS
        [team]
        # a comment
        aws_access_key_id = T
        aws_secret_access_key = TS
        aws_session_token = TT
        """,
        "/h/.aws/config": """
        [default]
        region = eu-west-1
        [profile team]
        region = eu-central-1
        endpoint_url = https://minio.example:9000/
        s3 =
          endpoint_url = https://other.example
        """,
    ]

    private static func settings(_ environment: [String: String]) throws -> S3Settings {
        try S3Settings(
            environment: { environment[$0] },
            contents: { files[$0].map { Array($0.utf8) } }
        )
    }

    @Test("The environment comes first, then the profile, then the default one")
    func precedence() throws {
        let own = try Self.settings([
            "HOME": "/h", "AWS_ACCESS_KEY_ID": "E", "AWS_SECRET_ACCESS_KEY": "ES",
            "AWS_REGION": "us-west-2", "AWS_ENDPOINT_URL": "http://a:1",
            "AWS_ENDPOINT_URL_S3": "http://b:1",
        ])
        #expect(own.credentials.accessKeyID == "E")
        #expect(own.credentials.sessionToken == nil)
        #expect(own.region == "us-west-2")
        #expect(own.endpoint == "http://b:1")
        let team = try Self.settings(["HOME": "/h", "AWS_PROFILE": "team"])
        #expect(team.credentials.secretAccessKey == "TS")
        #expect(team.credentials.sessionToken == "TT")
        #expect(team.region == "eu-central-1")
        #expect(team.endpoint == "https://minio.example:9000/")
        let usual = try Self.settings(["HOME": "/h"])
        #expect(usual.credentials.accessKeyID == "D")
        #expect(usual.region == "eu-west-1")
        #expect(usual.endpoint == nil)
    }

    @Test(
        "Without credentials, or with strange ones, nothing is asked",
        arguments: [
            [:], ["HOME": "/nobody"], ["HOME": "/h", "AWS_PROFILE": "nobody"],
            ["AWS_ACCESS_KEY_ID": "A"],
            ["AWS_ACCESS_KEY_ID": "A", "AWS_SECRET_ACCESS_KEY": "B\nC"],
            ["HOME": "/h", "AWS_REGION": "evil.example/"],
        ] as [[String: String]]
    )
    func refused(environment: [String: String]) {
        #expect(throws: ObjectStoreError.self) { try Self.settings(environment) }
    }

    @Test(
        "A bucket is a name at AWS where a certificate covers it, and in the path elsewhere",
        arguments: [
            ("eu-west-1", "bucket", "https://bucket.s3.eu-west-1.amazonaws.com", ""),
            ("cn-north-1", "bucket", "https://bucket.s3.cn-north-1.amazonaws.com.cn", ""),
            ("eu-west-1", "a.bucket", "https://s3.eu-west-1.amazonaws.com", "/a.bucket"),
        ]
    )
    func place(region: String, bucket: String, address: String, path: String) throws {
        let place = try Self.settings(["HOME": "/h", "AWS_REGION": region]).place(of: bucket)
        #expect(place.address == address)
        #expect(place.path == path)
        let team = try Self.settings(["HOME": "/h", "AWS_PROFILE": "team"]).place(of: bucket)
        #expect(team.address == "https://minio.example:9000")
        #expect(team.path == "/\(bucket)")
    }

    @Test("Credentials do not print what they are")
    func secrecy() throws {
        let settings = try Self.settings(["HOME": "/h"])
        #expect(!"\(settings.credentials)".contains("DS"))
    }
}
