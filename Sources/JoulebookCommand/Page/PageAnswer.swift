import JouleQuantities

/// What the server says to one request.
struct PageAnswer: Sendable {
    let status: Int
    let mediaType: String
    let bytes: [UInt8]

    init(status: Int = 200, mediaType: String = "application/json", _ bytes: [UInt8]) {
        self.status = status
        self.mediaType = mediaType
        self.bytes = bytes
    }

    init(_ json: JSON) { self.init(json.bytes) }

    /// Something else than what was asked for, and why.
    static func refusal(_ status: Int, _ reason: String) -> PageAnswer {
        let json: JSON = ["error": .string(reason)]
        return PageAnswer(status: status, json.bytes)
    }
}
