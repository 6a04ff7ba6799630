import Foundation
import Glibc
import JouleTestSupport
import Testing

@testable import JouleMeters

@Suite("A small file that is read again and again")
struct KernelFileTests {
    /// Replaces the file as a reloaded driver does: by another one of the same name.
    private func replace(_ path: String, with text: String) throws {
        try? FileManager.default.removeItem(atPath: path)
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    }

    @Test("A number is that of the file that has the name now, whatever the old one showed")
    func replaced() throws {
        let folder = TemporaryDirectory()
        let path = folder.path + "/energy_uj"
        try replace(path, with: "41\n")
        let file = KernelFile(path)
        #expect(try file.number() == 41)
        for value in ["42\n", "42\n", "7", " 0 \n"] {
            try replace(path, with: value)
            #expect(try file.number() == UInt64(value.trimmed))
            #expect(try file.number() == UInt64(value.trimmed))
        }
    }

    @Test("A file that is gone is an error, and one that comes back is read")
    func gone() throws {
        let folder = TemporaryDirectory()
        let path = folder.path + "/energy_uj"
        try replace(path, with: "41")
        let file = KernelFile(path)
        #expect(try file.number() == 41)
        try FileManager.default.removeItem(atPath: path)
        let missing = MeterError.unreadable(path: path, code: ENOENT)
        #expect(throws: missing) { try file.number() }
        #expect(throws: missing) { try file.number() }
        try replace(path, with: "41")
        #expect(try file.number() == 41)
    }

    @Test(
        "What is no number is told with its beginning, and the next number is read",
        arguments: ["", "12 uJ", "-1", "18446744073709551616", String(repeating: "9", count: 300)]
    )
    func malformed(text: String) throws {
        let folder = TemporaryDirectory()
        let path = folder.path + "/energy_uj"
        try replace(path, with: text)
        let file = KernelFile(path)
        #expect(throws: MeterError.malformed(path: path, content: String(text.prefix(40)))) {
            try file.number()
        }
        try Data("5".utf8).write(to: URL(fileURLWithPath: path), options: [])
        #expect(try file.number() == 5)
    }
}
