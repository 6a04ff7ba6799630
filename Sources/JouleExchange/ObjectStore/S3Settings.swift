import JouleQuantities

/// Where and as whom an object store is asked, as the environment and AWS's files of settings say.
///
/// | said by | in the environment | in the profile |
/// |---|---|---|
/// | who asks | `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN` | the same in lower case |
/// | region | `AWS_REGION`, `AWS_DEFAULT_REGION` | `region`; `us-east-1` where nobody says |
/// | endpoint | `AWS_ENDPOINT_URL_S3`, `AWS_ENDPOINT_URL` | `endpoint_url` |
///
/// The profile is `AWS_PROFILE`, else `default`, in `AWS_SHARED_CREDENTIALS_FILE` (`~/.aws/credentials`)
/// and in `AWS_CONFIG_FILE` (`~/.aws/config`).
package struct S3Settings: Sendable {
    package let credentials: S3Credentials
    package let region: String
    /// Such as `https://minio.example:9000`; nil for AWS.
    package let endpoint: String?

    /// `contents` gives the bytes of a small file; nil where there is none.
    package init(
        environment: @escaping (String) -> String?,
        contents: (String) -> [UInt8]?
    ) throws(ObjectStoreError) {
        let stated = { (name: String) in environment(name).flatMap { $0.isEmpty ? nil : $0 } }
        let profile = AWSProfile(
            named: stated("AWS_PROFILE") ?? "default",
            environment: stated,
            contents: contents
        )
        if let asked = stated("AWS_PROFILE"), profile.isEmpty {
            throw .misconfigured(
                "AWS_PROFILE: no profile \(asked.debugDescription) in ~/.aws/credentials or"
                    + " ~/.aws/config"
            )
        }
        let region = stated("AWS_REGION") ?? stated("AWS_DEFAULT_REGION") ?? profile["region"]
        self.region = region ?? "us-east-1"
        guard self.region.utf8.allSatisfy(Self.isOfRegion), !self.region.isEmpty else {
            throw .misconfigured("AWS_REGION is no region; set one such as eu-central-1")
        }
        endpoint =
            stated("AWS_ENDPOINT_URL_S3") ?? stated("AWS_ENDPOINT_URL") ?? profile["endpoint_url"]
        let isStated = stated("AWS_ACCESS_KEY_ID") != nil
        let own = { (name: String) in isStated ? stated(name) : profile[name.lowercased()] }
        guard
            let credentials = S3Credentials(
                accessKeyID: own("AWS_ACCESS_KEY_ID"),
                secretAccessKey: own("AWS_SECRET_ACCESS_KEY"),
                sessionToken: own("AWS_SESSION_TOKEN")
            )
        else {
            throw .misconfigured(
                "the store asks who you are; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or"
                    + " AWS_PROFILE"
            )
        }
        self.credentials = credentials
    }

    /// What names a host must not hold anything else.
    private static func isOfRegion(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte) || byte == UInt8(ascii: "-")
    }

    /// The server that has a bucket, and what keys of it are behind there.
    ///
    /// At AWS a bucket is a name of its own; other stores, and names that no certificate covers, have it
    /// in the path.
    package func place(of bucket: String) -> (address: String, path: String) {
        if var endpoint {
            while endpoint.hasSuffix("/") { endpoint.removeLast() }
            return (endpoint, "/\(bucket)")
        }
        let domain = region.hasPrefix("cn-") ? "amazonaws.com.cn" : "amazonaws.com"
        let isHost = bucket == bucket.lowercased() && !bucket.contains(".") && !bucket.contains("_")
        return isHost
            ? ("https://\(bucket).s3.\(region).\(domain)", "")
            : ("https://s3.\(region).\(domain)", "/\(bucket)")
    }
}

/// One profile of AWS's files of settings.
private struct AWSProfile {
    private var values: [String: String] = [:]

    var isEmpty: Bool { values.isEmpty }

    init(named name: String, environment: (String) -> String?, contents: (String) -> [UInt8]?) {
        let home = environment("HOME")
        let config = environment("AWS_CONFIG_FILE") ?? home.map { "\($0)/.aws/config" }
        let shared =
            environment("AWS_SHARED_CREDENTIALS_FILE") ?? home.map { "\($0)/.aws/credentials" }
        // What both say, the file of credentials says.
        read(config.flatMap(contents), sections: name == "default" ? [name] : ["profile \(name)"])
        read(shared.flatMap(contents), sections: [name])
    }

    subscript(name: String) -> String? { values[name] }

    private mutating func read(_ bytes: [UInt8]?, sections: Set<String>) {
        var isInside = false
        for line in String(decoding: bytes ?? [], as: UTF8.self).split(whereSeparator: \.isNewline)
        {
            // What is set in is about something else.
            let text = line.first?.isWhitespace == true ? "" : line.withoutOuterBlanks
            if text.hasPrefix("["), let end = text.firstIndex(of: "]") {
                let words = text[text.index(after: text.startIndex)..<end].split(separator: " ")
                isInside = sections.contains(words.joined(separator: " "))
            } else if isInside, !text.hasPrefix("#"), let equals = text.firstIndex(of: "=") {
                let name = text[..<equals].withoutOuterBlanks.lowercased()
                values[name] = text[text.index(after: equals)...].withoutOuterBlanks
            }
        }
    }
}
