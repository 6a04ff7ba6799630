import FoundationEssentials
import JouleTestSupport
import Testing

@testable import JouleExchange

@Suite("Files of histories")
struct HistoryFileTests {
    @Test("Lines are those of the file that was opened, wherever its path leads by then")
    func linesOfWhatWasOpened() throws {
        let directory = TemporaryDirectory()
        let path = directory.path + "/loss"
        let other = directory.path + "/secret"
        try Data("1 0.5\n".utf8).write(to: URL(filePath: path))
        try Data("1 42\n".utf8).write(to: URL(filePath: other))
        let file = try HistoryFile(opening: path)
        try FileManager.default.removeItem(atPath: path)
        try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: other)
        var lines = try file.lines(sizeBytesMax: 100)
        #expect(try lines.next() == Array("1 0.5".utf8))
        #expect(try lines.next() == nil)
        let again = words(ofErrorIn: { _ = try HistoryFile(opening: path).size })
        #expect(again.contains(path))
    }
}
