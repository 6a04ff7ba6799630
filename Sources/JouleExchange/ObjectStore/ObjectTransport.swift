import Glibc
package import JouleMeters

/// How requests reach an object store, one at a time.
package protocol ObjectTransport {
    /// The store, such as `https://bucket.s3.eu-central-1.amazonaws.com:443`.
    var origin: String { get }
    /// What a request calls it in its line `Host`.
    var authority: String { get }
    /// Whatever the store answers.
    func answer(to request: HTTPSRequest) throws(HTTPSFailure) -> HTTPSAnswer
    /// Waits before a request is tried again.
    func pause(seconds: Double)
}

/// Asks over the network.
package struct NetworkTransport: ObjectTransport {
    private let service: HTTPSService

    /// A part of 8 MiB passes in that time at 30 kB a second; what stands still is given up sooner.
    private static let secondsMax = 300.0

    package init(
        _ address: String,
        environment: (String) -> String?
    ) throws(ObjectStoreError) {
        do throws(HTTPSService.Mistake) {
            service = try HTTPSService(address, allowsPlain: true, environment: environment)
        } catch {
            throw .misconfigured("\(error)")
        }
    }

    package var origin: String { service.origin }
    package var authority: String { service.authority }

    package func answer(to request: HTTPSRequest) throws(HTTPSFailure) -> HTTPSAnswer {
        try service.answer(to: request, secondsMax: Self.secondsMax)
    }

    package func pause(seconds: Double) { usleep(UInt32(seconds * 1e6)) }
}
