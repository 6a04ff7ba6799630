import Glibc
import Testing

@testable import JouleMeters

@Suite("Looking at a machine")
struct PatienceTests {
    private static let busy = MeterError.unreadable(path: "/sys/energy_uj", code: EIO)

    /// How often something is read whose first readings fail like this, and what came of it.
    private func read(failing errors: [MeterError]) -> (times: Int, value: Int?) {
        var times = 0
        let value = try? patiently { () throws(MeterError) in
            defer { times += 1 }
            if times < errors.count { throw errors[times] }
            return 7
        }
        return (times, value)
    }

    @Test("A file that fails once or twice is found all the same")
    func busyDriver() {
        #expect(read(failing: []) == (1, 7))
        #expect(read(failing: [Self.busy]) == (2, 7))
        #expect(read(failing: [Self.busy, Self.busy]) == (3, 7))
        #expect(read(failing: [Self.busy, Self.busy, Self.busy]) == (3, nil))
    }

    @Test("What is not there, or not for us, is asked once", arguments: [ENOENT, EACCES, EPERM])
    func refusal(code: Int32) {
        #expect(read(failing: [.unreadable(path: "/sys/energy_uj", code: code)]) == (1, nil))
    }
}
