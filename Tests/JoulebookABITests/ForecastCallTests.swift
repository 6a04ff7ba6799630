import CJoulebook
import Glibc
import JouleQuantities
import JouleTestSupport
import JoulebookABI
import Testing

/// Forecasts and budgets as a C program has them.
@Suite struct ForecastCallTests {
    private func forecast(_ question: String) throws -> (joulebook_status, JSON?, String?) {
        var json: UnsafeMutablePointer<CChar>?
        var error: UnsafeMutablePointer<CChar>?
        let status = unsafe joulebook_forecast(question, &json, &error)
        let answer = try unsafe taken(json).map { try JSON(parsing: $0) }
        return (status, answer, unsafe taken(error))
    }

    @Test("Epochs that were written down are foretold as those of a run")
    func writtenDown() throws {
        let rows = (1...4).map { #"{"epoch": \#($0), "duration_s": 2.5, "energy_j": 50}"# }
        let list = rows.joined(separator: ", ")
        let (status, json, error) = try forecast(#"{"epochs": [\#(list)], "until": 10}"#)
        #expect(status == JOULEBOOK_OK && error == nil)
        #expect(json?["schema"] == "joulebook.forecast/1" && json?["epochs_ended"] == 4)
        #expect(json?["duration_s"]?["central"] == 25.0 && json?["energy_j"]?["central"] == 500.0)
        #expect(json?.object?["carbon_kg"] == .null && json?.object?["usd"] == .null)
    }

    @Test(
        "A question that means nothing is refused, and the message names the place",
        arguments: [
            ("[]", "object"), (#"{"epochs": []}"#, "until"), (#"{"until": "x"}"#, "until"),
            (#"{"until": 3, "epochs": 3}"#, "epochs"),
            (#"{"until": 3, "epochs": [{}]}"#, "epochs[0]"),
            (#"{"until": 3, "epochs": [{"epoch": 1, "duration_s": -1}]}"#, "duration_s"),
            (#"{"until": 3, "epochs": [{"epoch": 1, "duration_s": "NaN"}]}"#, "duration_s"),
            (
                #"{"until": 3, "epochs": [{"epoch": 1, "duration_s": 1, "energy_j": true}]}"#,
                "energy_j"
            ),
            (#"{"until": 3, "target": 1}"#, "target"),
        ]
    )
    func refused(question: String, named: String) throws {
        let (status, json, error) = try forecast(question)
        #expect(status == JOULEBOOK_INVALID && json == nil)
        #expect(error?.contains(named) == true)
    }

    @Test("Nothing is foretold from no epoch, and what is beyond all numbers is not told")
    func nothing() throws {
        #expect(try forecast(#"{"until": 3}"#).1 == .null)
        let row = #"{"epoch": 1, "duration_s": 1e308}"#
        #expect(try forecast(#"{"epochs": [\#(row)], "until": 1e300}"#).1 == .null)
    }

    @Test("A run's plan, forecast and budget")
    func run() throws {
        let directory = TemporaryDirectory()
        var run: OpaquePointer?
        let options: JSON = [
            "project": "c", "dir": .string(directory.path), "region": "FR", "quiet": true,
            "capture": ["code": false, "energy": false],
        ]
        #expect(unsafe joulebook_run_start(options.text(), &run, nil) == JOULEBOOK_OK)
        defer { unsafe joulebook_run_free(run) }
        #expect(unsafe joulebook_run_plan(run, 2, 1) == JOULEBOOK_INVALID)
        #expect(unsafe joulebook_run_plan(run, 1, 4) == JOULEBOOK_OK)
        let epoch = unsafe joulebook_epoch_begin(run, 1)
        #expect(unsafe joulebook_epoch_end(epoch) == JOULEBOOK_OK)
        unsafe joulebook_epoch_free(epoch)
        var json: UnsafeMutablePointer<CChar>?
        #expect(unsafe joulebook_run_forecast(run, nil, &json, nil) == JOULEBOOK_OK)
        let planned = try unsafe taken(json).map { try JSON(parsing: $0) }
        #expect(planned?["last_epoch"] == 4.0 && planned?.object?["energy_j"] == .null)
        #expect(unsafe joulebook_run_forecast(run, #"{"until": 9}"#, &json, nil) == JOULEBOOK_OK)
        let asked = try unsafe taken(json).map { try JSON(parsing: $0) }
        #expect(asked?["last_epoch"] == 9.0)
        var error: UnsafeMutablePointer<CChar>?
        #expect(unsafe joulebook_run_budget(run, #"{"usd": 1}"#, &error) == JOULEBOOK_INVALID)
        #expect(unsafe taken(error)?.contains("usd_per_kwh") == true)
        // The region is known, so its intensity is.
        #expect(unsafe joulebook_run_budget(run, #"{"carbon_kg": 1}"#, nil) == JOULEBOOK_OK)
        #expect(unsafe joulebook_run_review_budget(run, &json) == JOULEBOOK_OK)
        #expect(unsafe taken(json) == #"{"should_stop":false,"events":[]}"#)
        #expect(unsafe joulebook_run_finish(run, nil, nil, nil) == JOULEBOOK_OK)
    }
}
