import JouleFile
import JouleQuantities
import JouleTestSupport
import Testing

@testable import Joulebook

/// What a machine's environment may say of every run.
@Suite("Environment")
struct EnvironmentTests {
    @Test(
        "A word of JOULEBOOK_CAPTURE that means nothing records no more than energy, and is named",
        arguments: ["-users", "false", "user", "-diff,-User", "none,x"]
    )
    func misunderstoodCapture(text: String) throws {
        let wrong = ["-diff,-User": "-User", "none,x": "x"][text] ?? text
        var captures = Captures.all
        let complaint = captures.apply(text)
        #expect(captures == (text.hasPrefix("none") ? [] : .energy))
        let directory = TemporaryDirectory()
        var quiet = options(directory.path)
        quiet.isQuiet = true
        let run = try start(options: quiet, environment: ["JOULEBOOK_CAPTURE": text])
        try run.finish()
        #expect(run.warnings == [complaint])
        #expect(
            complaint == "JOULEBOOK_CAPTURE takes none, or some of -code, -arguments, -user, "
                + "-environment, -hardware, -energy, -diff, -packages, -closure, not \"\(wrong)\"; "
                + "of what a run records by itself only energy is kept"
        )
        let record = try readBack(run)
        #expect(record.user == nil && record.hardware == nil && record.extra["argv"] == nil)
    }

    @Test("What JOULEBOOK_CAPTURE may say is understood", arguments: ["-user, -diff", "none", ","])
    func understoodCapture(text: String) {
        var captures = Captures.all
        #expect(captures.apply(text) == nil)
        let left = ["none": [], ",": Captures.all][text] ?? .all.subtracting([.user, .diff])
        #expect(captures == left)
    }

    @Test(
        "A PUE that a machine states wrongly stops no training and is named",
        arguments: ["1,2", "5", "abc", "nan", "1.2"]
    )
    func pueOfMachine(text: String) throws {
        let directory = TemporaryDirectory()
        var quiet = options(directory.path)
        quiet.isQuiet = true
        let run = try start(options: quiet, environment: ["JOULEBOOK_PUE": text])
        try run.finish()
        let complaint =
            "JOULEBOOK_PUE must be within 1 and 3, not \"\(text)\"; it does not count"
        #expect(run.warnings == (text == "1.2" ? [] : [complaint]))
    }
}
