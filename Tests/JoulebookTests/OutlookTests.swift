import JouleQuantities
import JouleTestSupport
import Joulebook
import Testing

@Suite("Summary and project")
struct OutlookTests {
    @Test("The summary says what is known, and null for what is not")
    func summary() throws {
        let directory = TemporaryDirectory()
        let run = try start(in: directory.path)
        run.beginEpoch(1).end(["loss": 1])
        #expect(run.summary()["recording"] == true)
        try run.finish()
        let summary = run.summary()
        #expect(summary["run_id"]?.string == run.id.description)
        #expect(summary["path"]?.string == run.path)
        #expect(summary["epochs"] == 1 && summary["recording"] == false)
        #expect(summary["energy_j"] == nil && summary.object?["energy_j"] == .null)
        #expect(summary["duration_s"] == run.summary()["duration_s"])
    }

    @Test("A project without a name takes the environment's, else the program's")
    func defaultProject() throws {
        let directory = TemporaryDirectory()
        for (environment, expected) in [
            ([:], "train"), (["JOULEBOOK_PROJECT": "from-env"], "from-env"),
        ] {
            let run = try Run.start(
                options: options(directory.path),
                environment: ProcessEnvironment(environment),
                meters: { _ in .none }
            )
            #expect(run.project == expected)
            #expect(run.path?.hasPrefix("\(directory.path)/\(expected)/") == true)
            try run.finish()
        }
    }
}
