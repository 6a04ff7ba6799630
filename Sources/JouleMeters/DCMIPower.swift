import JouleQuantities

/// What a management controller answers to DCMI's command Get Power Reading.
///
/// Layout: Data Center Manageability Interface 1.5, table 6-16; numbers are little-endian.
struct DCMIPower: Equatable {
    /// Watts at the moment of the answer.
    let watts: Int
    /// The time that the statistics beside it are about; nil when the controller states none.
    let periodNS: Int64?

    /// DCMI's number among the group extensions of IPMI: first byte of each request and answer.
    static let group: UInt8 = 0xDC
    /// Mode 1 asks for the system's power statistics; the rest is reserved.
    static let request: [UInt8] = [group, 0x01, 0x00, 0x00]
    static let call = "DCMI Get Power Reading"

    /// Bytes of a whole answer, the completion code included.
    private static let sizeBytes = 19
    // More than one server draws; of the 16 bits that a number has, all set is none.
    static let wattsMax = 20_000

    /// `answer` begins with the completion code.
    init(_ answer: [UInt8]) throws(MeterError) {
        try IPMIAnswer.check(answer, Self.call)
        guard answer.count >= Self.sizeBytes, answer[1] == Self.group else {
            throw Self.failure("an answer of \(answer.count) bytes is none of DCMI")
        }
        let number = { (place: Int, bytes: Int) in
            answer[place..<place + bytes].reversed().reduce(0) { $0 << 8 | Int($1) }
        }
        // Controllers without a sensor answer with zeros, or with an inactive measurement.
        guard answer[18] & 0x40 != 0 else {
            throw Self.failure("the controller's power measurement is not active")
        }
        watts = number(2, 2)
        // A server that answers draws power.
        guard watts > 0, watts <= Self.wattsMax else {
            throw Self.failure("\(watts) W is no power of a server")
        }
        let milliseconds = number(14, 4)
        periodNS = milliseconds > 0 ? Int64(milliseconds) * 1_000_000 : nil
    }

    private static func failure(_ reason: String) -> MeterError {
        .refused(call: call, reason: reason)
    }
}

/// What every answer of IPMI has in common.
enum IPMIAnswer {
    /// Throws unless the completion code, an answer's first byte, says success.
    static func check(_ answer: [UInt8], _ call: String) throws(MeterError) {
        guard let code = answer.first else {
            throw .refused(call: call, reason: "the answer is empty")
        }
        guard code != 0 else { return }
        // IPMI 2.0, table 5-2.
        let words =
            switch code {
            case 0xC0: "the controller is busy"
            case 0xC1, 0xC2: "the controller does not know this command"
            case 0xC3, 0xDF: "the controller did not answer the driver in time"
            case 0xD4: "not allowed at this privilege"
            default: "completion code 0x\(hex(UInt64(code), 2))"
            }
        throw .refused(call: call, reason: words)
    }
}
