import Glibc
import JouleFile
import JouleQuantities

/// What a ledger of the worker holds, for drivers in other languages.
enum Check {
    /// A line at once, whatever standard output is.
    static func print(_ line: String) {
        let bytes = Array((line + "\n").utf8)
        _ = unsafe write(STDOUT_FILENO, bytes, bytes.count)
    }

    /// `line` is a path; with a question mark before it the ledger is only looked at.
    static func answer(of line: String) -> String {
        let isLook = line.hasPrefix("?")
        let path = String(isLook ? line.dropFirst() : line[...])
        var answer = JSONObject()
        answer["before"] = found(at: path)
        guard !isLook else { return JSON.object(answer).text() }
        do {
            try ReopenedLedger.opening(path).close()
            answer["after"] = found(at: path)
        } catch {
            answer["after"] = ["error": .string("\(error)")]
        }
        return JSON.object(answer).text()
    }

    private static func found(at path: String) -> JSON {
        do {
            let ledger = try Ledger(reading: path)
            let run = ledger.runs.first
            let artifacts = try Artifact.counted(ledger.attachments)
            let steps = try Ledger.steps(reading: path)
            let wrongSteps = steps.count { step in
                step.metrics.count != 1 || step.metrics[0].value != Double(step.step) * 0.5
            }
            let epochs = run?.epochs ?? []
            let wrongEpochs = epochs.count { epoch in
                epoch.metrics.count != 1
                    || epoch.metrics[0].value != Double(epoch.number - 1) * 0.25
            }
            return [
                "state": .string(ledger.integrity.state.rawValue),
                "segments": .integer(Int64(ledger.integrity.segments)),
                "status": .orNull(run?.status.rawValue),
                "steps": .integer(Int64(steps.count)),
                "distinct_steps": .integer(Int64(Set(steps.map(\.step)).count)),
                "steps_prefix": .integer(Int64(prefix(of: steps.map(\.step)))),
                "epochs": .integer(Int64(epochs.count)),
                "distinct_epochs": .integer(Int64(Set(epochs.map(\.number)).count)),
                "epochs_prefix": .integer(Int64(prefix(of: epochs.map { Int64($0.number) - 1 }))),
                "attachments": .integer(Int64(artifacts.complete)),
                "wrong": .integer(Int64(wrongSteps + wrongEpochs + artifacts.wrong)),
                "lost": run?.drops.map(JSON.object) ?? .null,
                "faults": run?.extra["faults"] ?? .null,
                "problems": .array(ledger.integrity.problems.map { .string($0.message) }),
            ]
        } catch {
            return ["error": .string("\(error)")]
        }
    }

    /// How many numbers from 0 on are there, in any order.
    private static func prefix(of numbers: [Int64]) -> Int {
        let known = Set(numbers)
        var count: Int64 = 0
        while known.contains(count) { count += 1 }
        return Int(count)
    }
}
