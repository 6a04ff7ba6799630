/// The connections that are open, of which there may be only so many.
///
/// Of the thread of the connections alone. When one too many comes, the one that has waited longest
/// without asking anything makes room for it, so that nobody who keeps connections open keeps others
/// out.
final class ConnectionLimit: @unchecked Sendable {
    // Unchecked: only the one thread that serves all connections ever touches it.
    private var open: [ObjectIdentifier: PageConnection] = [:]

    static let most = 256

    /// Takes one more; whether there is room for it.
    func admit(_ connection: PageConnection) -> Bool {
        if open.count >= Self.most {
            let idle = open.values.filter { !$0.isAnswering }
            guard let longest = idle.min(by: { $0.since < $1.since }) else { return false }
            longest.leave()
            open[ObjectIdentifier(longest)] = nil
        }
        open[ObjectIdentifier(connection)] = connection
        return true
    }

    func forget(_ connection: PageConnection) { open[ObjectIdentifier(connection)] = nil }
}
