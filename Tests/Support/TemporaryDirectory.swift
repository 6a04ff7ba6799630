import FoundationEssentials
import Glibc

/// An empty directory that disappears, with everything in it, when the test lets go of it.
package struct TemporaryDirectory: ~Copyable {
    package let path: String

    package init() {
        var template = Array("/tmp/joulebook-test-XXXXXX".utf8CString)
        let made = unsafe template.withUnsafeMutableBufferPointer {
            unsafe $0.baseAddress.flatMap { unsafe mkdtemp($0) } != nil
        }
        precondition(made, "cannot make a temporary directory")
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit {
        // A directory that cannot be removed is left to the system's cleaning.
        try? FileManager.default.removeItem(atPath: path)
    }
}
