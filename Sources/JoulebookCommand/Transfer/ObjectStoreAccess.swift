import FoundationEssentials
import JouleExchange
import JouleQuantities
import Joulebook

/// The store that an address names, as the environment says how to ask it.
struct ObjectStoreAccess {
    let address: S3Address
    let store: S3Store

    init(_ text: String) throws(CommandFailure) {
        do throws(ObjectStoreError) {
            address = try S3Address(text)
            let settings = try S3Settings(
                environment: { environment($0) },
                contents: { FileManager.default.contents(atPath: $0).map(Array.init) }
            )
            store = S3Store(
                bucket: address.bucket,
                settings: settings,
                transport: try NetworkTransport(
                    settings.place(of: address.bucket).address,
                    environment: { environment($0) }
                ),
                now: { .now() }
            )
        } catch {
            throw CommandFailure(error)
        }
    }
}

extension CommandFailure {
    init(_ error: ObjectStoreError) {
        switch error {
        case .misconfigured: self = .usage(error.description)
        case .unreachable, .refused, .missing, .malformed: self = .inputOutput(error.description)
        }
    }
}
