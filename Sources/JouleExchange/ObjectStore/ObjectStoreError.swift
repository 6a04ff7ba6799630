/// Why an object store cannot be asked, or does not do what it is asked.
///
/// The description is one line: what, where, what to do.
package enum ObjectStoreError: Error, Hashable, Sendable, CustomStringConvertible {
    /// An address, a setting or a file of settings that says nothing usable.
    case misconfigured(String)
    /// No answer, or none that is whole, however often it was tried.
    case unreachable(place: String, reason: String)
    /// The store refuses; `code` is S3's name for it, empty where it says none.
    case refused(place: String, status: Int, code: String, reason: String)
    /// No such object, or no such upload any more.
    case missing(place: String)
    /// An answer that is none of S3's.
    case malformed(place: String, reason: String)

    package var description: String {
        switch self {
        case .misconfigured(let reason): reason
        case .unreachable(let place, let reason):
            "\(place): \(reason); what has arrived is kept, so try again"
        case .refused(let place, let status, let code, let reason):
            "\(place): \(Self.advice(status, code, reason))"
        case .missing(let place): "\(place): it is not there any more; try again"
        case .malformed(let place, let reason):
            "\(place): not an answer of S3 (\(reason)); check the endpoint"
        }
    }

    private static func advice(_ status: Int, _ code: String, _ reason: String) -> String {
        switch code {
        case "NoSuchBucket": return "there is no such bucket; make it or check its name"
        case "InvalidAccessKeyId", "SignatureDoesNotMatch", "InvalidToken", "ExpiredToken":
            return "the credentials are refused (\(code)); renew or check them"
        case "AccessDenied", "Forbidden":
            return "the store does not allow it (\(code)); check what the credentials may do"
        case "RequestTimeTooSkewed": return "this machine's clock is wrong; set it"
        default: break
        }
        let said = [code, reason].filter { !$0.isEmpty }.joined(separator: ": ")
        let words = said.isEmpty ? "" : " (\(said.prefix(200)))"
        switch status {
        case 300..<400: return "it points elsewhere, which is not followed\(words); set AWS_REGION"
        case 403: return "the store does not allow it (403); check the credentials"
        default: return "the store refuses with status \(status)\(words)"
        }
    }

    /// Whether it is about everything in the store, so that nothing else needs trying.
    package var isGeneral: Bool {
        switch self {
        case .misconfigured, .unreachable, .refused: true
        case .missing, .malformed: false
        }
    }
}
