/// Holds on to a value until the program ends.
///
/// For millions of small objects: to take them apart one by one takes longer than the system takes to
/// have all memory back. For programs that are about to end, not for libraries in others' processes.
package func keepUntilTheEnd<Value>(_ value: Value) {
    _ = unsafe Unmanaged.passRetained(Kept(value))
}

private final class Kept<Value> {
    private let value: Value

    init(_ value: Value) { self.value = value }
}
