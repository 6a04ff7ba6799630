import JouleQuantities
import Joulebook
import Testing

@Suite("Redaction")
struct RedactionTests {
    @Test(
        "A value under a secret name is hidden",
        arguments: [
            "password", "PASSWORD", "db_password", "dbPassword", "passwd", "api_key", "apiKey",
            "APIKey", "OPENAI_API_KEY", "apikey", "hf_token", "hfToken", "HF-TOKEN", "token",
            "auth", "basic_auth", "client_secret", "credential", "private_key",
            "AWS_SECRET_ACCESS_KEY", "hub.token", "github_token2", "SLURM_JWT", "connection_string",
            "pass", "smtp_pass", "access_tokens", "user_pwd", "authorization", "openai_key",
        ]
    )
    func secretNames(name: String) {
        let redacted = Redaction.redact(["outer": [.init(name, "hunter2x")]])
        #expect(redacted["outer"]?.array?.first?[name] == "[redacted]")
    }

    @Test(
        "A harmless name keeps its value",
        arguments: [
            "tokenizer", "max_tokens", "maxTokens", "num_tokens", "author", "authors", "key_dim",
            "keyDim", "keys", "key", "sort_key", "public_key", "pad_token", "eos_token",
            "tokenizer_name", "token_dropout", "special_tokens", "authority", "passes",
            "num_passes", "bypass", "secretary", "signature", "compass", "monkey", "turkey",
            "tokens_per_second", "cls_token", "image_token_id", "key_padding_mask", "forward_pass",
        ]
    )
    func harmlessNames(name: String) {
        let config = JSON.init(name, "gpt2")
        #expect(Redaction.redact(config) == config)
    }

    @Test("A number or a switch under `token` is a setting, under `password` a number is a secret")
    func numbersAndSwitches() {
        let config: JSON = ["token": 512, "auth": true, "use_auth_token": false, "password": 1234]
        let expected: JSON = [
            "token": 512, "auth": true, "use_auth_token": false, "password": "[redacted]",
        ]
        #expect(Redaction.redact(config) == expected)
    }

    @Test("Everything below a secret name is hidden")
    func below() {
        let config: JSON = ["auth": ["user": "eve", "more": ["x"]], "credentials": [1, "y", nil]]
        let expected: JSON = [
            "auth": ["user": "[redacted]", "more": ["[redacted]"]],
            "credentials": ["[redacted]", "[redacted]", nil],
        ]
        #expect(Redaction.redact(config) == expected)
    }

    /// Assembled here, so that no scanner takes this file for a leak.
    static let issued: [String] = [
        "AKIA" + "IOSFODNN7EXAMPLE",
        "ghp_" + String(repeating: "a1B2", count: 9),
        "github_pat_" + "11ABCDEFG0123456789abc_0123456789abcdefghij",
        "hf_" + String(repeating: "aB", count: 17),
        "sk-" + "proj-Abc123def456Ghi789jkl0_mno",
        "sk-" + String(repeating: "a1", count: 24),
        "glpat-" + "abcdefghij0123456789",
        "xoxb-" + "123456789012-abcdef",
        "eyJ" + "hbGciOiJIUzI1NiJ9.eyJ"
            + "zdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9",
        "ya29." + "a0AfH6SMBxyzxyzxyz",
    ]

    @Test("A key that its issuer marks is hidden wherever it stands", arguments: issued)
    func issuedKeys(key: String) {
        #expect(Redaction.redact(text: key) == "[redacted]")
        #expect(Redaction.redact(text: "run with \(key), twice") == "run with [redacted], twice")
        #expect(Redaction.redact(["notes": [.string(key)]]) == ["notes": ["[redacted]"]])
        #expect(Redaction.redact(.init(key, 1)) == ["[redacted]": 1])
    }

    @Test(
        "What only resembles a key stays",
        arguments: [
            "sk-learn", "sk-learn-random-forest-baseline-2024", "hf_internal_testing_tiny_random",
            "AKIA", "eyJ", "task-switch", "ghp_short", "risk-adjusted-return-model-v2",
            "0123456789abcdef0123456789abcdef01234567", "desk-2", "hf_hub", "ya29", "sk-",
        ]
    )
    func resemblances(text: String) {
        #expect(Redaction.redact(text: text) == text)
    }

    @Test(
        "A password inside an address is hidden, the address stays",
        arguments: [
            ("postgres://eve:p%40ss@db:5432/x", "postgres://[redacted]@db:5432/x"),
            ("redis://:secret@cache", "redis://[redacted]@cache"),
            ("see https://u:p/w@h and", "see https://[redacted]@h and"),
            (
                "https://0123456789abcdef0123@github.com/a/b",
                "https://[redacted]@github.com/a/b"
            ),
            ("git+ssh://git@github.com/a", "git+ssh://git@github.com/a"),
            ("http://host:8080/img@2x.png", "http://host:8080/img@2x.png"),
            ("s3://bucket/key", "s3://bucket/key"),
            ("https://h/x?X-Amz-Signature=ab12&y=1", "https://h/x?X-Amz-Signature=[redacted]&y=1"),
            ("https://h/x?sv=1&sig=ab%2F", "https://h/x?sv=1&sig=[redacted]"),
        ]
    )
    func addresses(text: String, expected: String) {
        #expect(Redaction.redact(text: text) == expected)
    }

    @Test("A private key is hidden to its end, or to the end of a cut text")
    func privateKeys() {
        let head = "-----BEGIN RSA " + "PRIVATE KEY-----\nMIIE\n"
        #expect(
            Redaction.redact(text: "a \(head)-----END RSA PRIVATE KEY----- b") == "a [redacted] b"
        )
        #expect(Redaction.redact(text: "a \(head)MIIE") == "a [redacted]")
        let certificate = "-----BEGIN CERTIFICATE-----\nMIIE\n-----END CERTIFICATE-----"
        #expect(Redaction.redact(text: certificate) == certificate)
    }

    @Test(
        "A command line loses its secrets and nothing else",
        arguments: [
            (
                ["t.py", "--token", "abc", "--lr", "1"],
                ["t.py", "--token", "[redacted]", "--lr", "1"]
            ),
            (["--token=abc", "x"], ["--token=[redacted]", "x"]),
            (["--max-tokens", "512"], ["--max-tokens", "512"]),
            (["--token", "--verbose", "x"], ["--token", "--verbose", "x"]),
            (["--no-auth", "train.py"], ["--no-auth", "train.py"]),
            (["hub.token=abc", "lr=1"], ["hub.token=[redacted]", "lr=1"]),
            (["-api-key", "abc"], ["-api-key", "[redacted]"]),
            (["--password", "1234"], ["--password", "[redacted]"]),
            (
                ["--cfg", #"{"api_key": "x y", "lr": 1}"#],
                ["--cfg", #"{"api_key": "[redacted]", "lr": 1}"#]
            ),
            (["-H", "Authorization: Bearer abc"], ["-H", "Authorization: [redacted]"]),
            (["--author=me", "--tokenizer", "bpe"], ["--author=me", "--tokenizer", "bpe"]),
            ([], []), ([""], [""]), (["--token"], ["--token"]), (["--token="], ["--token="]),
        ]
    )
    func commandLines(arguments: [String], expected: [String]) {
        #expect(Redaction.redact(arguments: arguments) == expected)
    }

    @Test("Hostile nesting is cut off, and hostile texts take linear time")
    func hostile() {
        var deep: JSON = 1
        for _ in 0..<10_000 { deep = [deep] }
        #expect(Redaction.redact(deep).text().contains("[nested too deep]"))
        for piece in ["://", "token=", "-----BEGIN ", "a:", "eyJ.", "@:/", "sk-", "\"'\\"] {
            let text = String(repeating: piece, count: 50_000)
            #expect(Redaction.redact(text: text).utf8.count <= text.utf8.count * 3)
        }
    }
}

extension JSON {
    /// An object with one member whose name is computed.
    init(_ name: String, _ value: JSON) {
        var object = JSONObject()
        object[name] = value
        self = .object(object)
    }
}
