import JouleSystem

/// Remembers what was decided about names, of which there are few and which recur in every run.
final class NameMemo<Value: Sendable>: Sendable {
    private let known = Lock<[String: Value]>([:])
    /// Beyond this many the table starts anew.
    private let capacity = 10_000

    /// The value of `name`, which depends on nothing but the name.
    func value(for name: String, decide: (String) -> Value) -> Value {
        if let value = known.withLock({ $0[name] }) { return value }
        let value = decide(name)
        known.withLock { table in
            if table.count >= capacity { table.removeAll(keepingCapacity: true) }
            table[name] = value
        }
        return value
    }
}
