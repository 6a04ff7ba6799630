/// What a server is asked.
package struct HTTPSRequest: Sendable {
    package var method = "GET"
    /// With its query, percent-encoded.
    package var path: String
    /// `user:password`; never recorded.
    package var credentials: String?
    /// Lines of the head without their ends; never recorded.
    ///
    /// One that ends with its colon takes a line away that would be sent otherwise.
    package var headers = ["Accept: application/json"]
    /// What is sent; nil where the method sends nothing.
    package var content: [UInt8]?
    /// Bytes of the body of the answer, at most.
    package var answerSizeMax = 1 << 20

    package init(path: String) {
        self.path = path
    }
}

/// What a server answered, whether or not it is what was asked for.
package struct HTTPSAnswer: Sendable {
    /// HTTP's.
    package let status: Int
    /// As it came, with the heads of answers that only announced this one.
    let head: [UInt8]
    package let body: [UInt8]
    /// How long the server asks to wait before the next request; nil where it does not say.
    package let retryAfterSeconds: Int?

    package init(
        status: Int,
        head: [UInt8] = [],
        body: [UInt8] = [],
        retryAfterSeconds: Int? = nil
    ) {
        self.status = status
        self.head = head
        self.body = body
        self.retryAfterSeconds = retryAfterSeconds
    }

    /// The values of the head by the names of their lines in lower case; of several with one name, the last.
    package var headers: [String: String] {
        var found: [String: String] = [:]
        for line in String(decoding: head, as: UTF8.self).split(separator: "\r\n") {
            guard let colon = line.firstIndex(of: ":") else { continue }
            let value = line[line.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
            found[line[..<colon].lowercased()] = String(value)
        }
        return found
    }
}

/// Why there is no answer.
package struct HTTPSFailure: Error, Sendable, CustomStringConvertible {
    package let reason: String
    /// Whether the next try may be answered.
    package let isPassing: Bool

    package init(reason: String, isPassing: Bool) {
        self.reason = reason
        self.isPassing = isPassing
    }

    package var description: String { reason }
}
