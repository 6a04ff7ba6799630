import JouleMeters
import JouleQuantities
import JouleTestSupport
import Joulebook
import Testing

@Suite("Budget, forecast and summary")
struct OutlookTests {
    @Test("A forecast goes on at the pace of the epochs behind it")
    func forecast() throws {
        var seconds = Moments()
        for value in [1.0, 2, 3] { seconds.add(value) }
        let energy = Energy(joules: 12)
        let forecast = try #require(
            Forecast(epochSeconds: seconds, of: 6, elapsed: 6, energy: energy)
        )
        #expect(forecast.secondsLeft == 6)
        #expect(forecast.energy == Energy(joules: 24))
        // Two standard errors of a mean of 2 s with a deviation of 1 s, three behind, three ahead.
        let uncertainty = try #require(forecast.uncertaintyRelative)
        #expect(abs(uncertainty - (2.0 / 3).squareRoot()) < 1e-12)
        let done = Forecast(epochSeconds: seconds, of: 3, elapsed: 6, energy: energy)
        #expect(done?.secondsLeft == 0 && done?.energy == energy)
    }

    @Test("Nothing is forecast from nothing", arguments: [0, 2, -5, Int.min, Int.max])
    func noForecast(epochs: Int) {
        #expect(Forecast(epochSeconds: Moments(), of: epochs, elapsed: 1, energy: nil) == nil)
        var seconds = Moments()
        for value in [1.0, 2, 3] { seconds.add(value) }
        let forecast = Forecast(epochSeconds: seconds, of: epochs, elapsed: 6, energy: nil)
        #expect((forecast == nil) == (epochs < 3))
        #expect(forecast?.energy == nil)
    }

    @Test("A budget is exceeded by what was measured, and never by what was not")
    func budget() throws {
        let directory = TemporaryDirectory()
        let run = try start(in: directory.path, meters: { .fake })
        #expect(!run.budgetExceeded)
        run.budget(energyKWh: 1e-12)
        run.beginEpoch(1).end()
        #expect(run.forecast(epochs: 2)?.secondsLeft ?? -1 >= 0)
        try run.finish()
        #expect(run.budgetExceeded && (run.energy?.joules ?? 0) > 0)
        run.budget(energyKWh: 1e6)
        #expect(!run.budgetExceeded)
        let blind = try start(in: directory.path)
        blind.budget(energyKWh: 0)
        try blind.finish()
        #expect(!blind.budgetExceeded && blind.energy == nil)
    }

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
                meters: { .none }
            )
            #expect(run.project == expected)
            #expect(run.path?.hasPrefix("\(directory.path)/\(expected)/") == true)
            try run.finish()
        }
    }
}
