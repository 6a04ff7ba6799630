/// A service on the network that is asked by one thread at a time.
///
/// No redirection is followed and no proxy asked, so that what it is asked with goes nowhere else.
package struct HTTPSService: Sendable {
    /// Why an address is none that can be asked.
    package struct Mistake: Error, CustomStringConvertible {
        package let description: String
    }

    /// The server, such as `https://api.example:443`.
    package let origin: String
    /// What a request calls it in its line `Host`: its name, and its port where that is not the usual one.
    package let authority: String
    private let connection: HTTPSConnection

    /// Of a server such as `https://api.example` or `https://[::1]:8443`.
    ///
    /// Whom its certificate is taken from, `JOULEBOOK_METERS_TRUST` says as for meters. `http://` is taken
    /// where `allowsPlain` says so.
    package init(
        _ address: String,
        allowsPlain: Bool = false,
        environment: (String) -> String?
    ) throws(Mistake) {
        do throws(ExternalAddress.Mistake) {
            let entry = try ExternalAddress("\(address)/#any")
            guard let request = entry.source.request, request.isSecure || allowsPlain,
                entry.kind.hasPrefix("http"), request.path == "/", request.credentials == nil
            else {
                let plain = allowsPlain ? " or http://" : ""
                throw .init(reason: "only https://\(plain) and a host are taken")
            }
            origin = request.origin
            authority = request.authority
            let trust = try HTTPSTrust(of: request, among: environment(HTTPSTrust.variable) ?? "")
            guard let connection = HTTPSConnection(trust) else {
                throw .init(reason: "HTTPS needs libcurl: \(HTTPSConnection.remedy)")
            }
            self.connection = connection
        } catch {
            throw Mistake(description: "\(address): \(error.reason)")
        }
    }

    /// Whatever the server answers; gives up `secondsMax` after the call.
    package func answer(
        to request: HTTPSRequest,
        secondsMax: Double
    ) throws(HTTPSFailure) -> HTTPSAnswer {
        try connection.answer(to: request, at: origin, secondsMax: secondsMax)
    }
}
