/// A service on the network whose documents are got over TLS alone, one thread at a time.
///
/// No redirection is followed and no proxy asked, so that what it is asked with goes nowhere else.
package struct HTTPSService: Sendable {
    /// Why a service cannot be asked, or did not answer.
    package struct Failure: Error, CustomStringConvertible {
        package let description: String
    }

    /// The server, such as `https://api.example:443`.
    package let origin: String
    private let host: String
    private let port: String
    private let connection: HTTPSConnection

    /// Of a server such as `https://api.example` or `https://[::1]:8443`.
    ///
    /// Whom its certificate is taken from, `JOULEBOOK_METERS_TRUST` says as for meters.
    package init(
        _ address: String,
        environment: (String) -> String?
    ) throws(Failure) {
        do throws(ExternalAddress.Mistake) {
            let entry = try ExternalAddress("\(address)/#any")
            guard let request = entry.source.request, request.isSecure, request.path == "/",
                request.credentials == nil
            else { throw .init(reason: "only https:// and a host are taken") }
            origin = request.origin
            host = request.host
            port = request.port
            let trust = try HTTPSTrust(of: request, among: environment(HTTPSTrust.variable) ?? "")
            guard let connection = HTTPSConnection(trust) else {
                throw .init(reason: "HTTPS needs libcurl: \(HTTPSConnection.remedy)")
            }
            self.connection = connection
        } catch {
            throw Failure(description: "\(address): \(error.reason)")
        }
    }

    /// Whatever the server answers to a GET of `path`; gives up `secondsMax` after the call.
    ///
    /// `credentials` are `user:password`, `header` one more line of the head; neither is recorded.
    package func answer(
        to path: String,
        credentials: String? = nil,
        header: String? = nil,
        secondsMax: Double
    ) throws(Failure) -> HTTPSAnswer {
        let request = HTTPRequest(
            host: host,
            port: port,
            isSecure: true,
            path: path,
            credentials: credentials
        )
        do throws(MeterError) {
            return try connection.answer(to: request, header: header, secondsMax: secondsMax)
        } catch {
            throw Failure(description: "\(error)")
        }
    }
}
