/// Where the kernel's file systems are found; tests put emulated trees in their place.
package struct SystemRoots: Sendable, Hashable {
    /// Prefix of every absolute path, empty for the running system.
    package let prefix: String

    /// The running system.
    package static let live = SystemRoots(under: "")

    /// A tree that holds `sys/`, `proc/` and so on below `prefix`.
    package init(under prefix: String) {
        self.prefix = prefix
    }

    /// The place of an absolute path of a running system, such as `/proc/stat`.
    package func path(_ absolute: String) -> String { prefix + absolute }
}
