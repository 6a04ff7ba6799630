import FoundationEssentials
import Glibc
import JouleFuzzSupport
import JouleTestSupport

/// Files in memory for one fuzzing process.
struct Workspace: ~Copyable {
    let seeds: Seeds
    /// Removed when the process ends in good order; after a finding it may help.
    let path: String

    init() throws {
        path = "/dev/shm/joule-libfuzzer-\(getpid())"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        seeds = try Seeds(in: path)
    }
}

/// Replaces the content of a file.
func write(_ bytes: [UInt8], to path: String) {
    let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
    precondition(descriptor >= 0, "cannot write \(path)")
    // SAFETY: the call reads within the array.
    let put = unsafe bytes.withUnsafeBytes {
        unsafe Glibc.write(descriptor, $0.baseAddress, $0.count)
    }
    // Pages that are kept need not be made again for the next input.
    precondition(put == bytes.count && ftruncate(descriptor, put) == 0, "cannot write \(path)")
    close(descriptor)
}

/// A law that an input broke; libFuzzer keeps the input when the process aborts.
func law(_ holds: Bool, _ message: @autoclosure () -> String) {
    guard !holds else { return }
    // What goes through a buffer would be lost with the process.
    let line = "law broken: \(message())\n"
    _ = unsafe Glibc.write(STDERR_FILENO, line, line.utf8.count)
    abort()
}
