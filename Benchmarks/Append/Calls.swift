import CJoulebook
import Glibc
import Joulebook

/// The calls that programs make to log a step, which read the clock and look their metrics up, too.
@safe struct Calls {
    private let run: Run
    private let handle: OpaquePointer?
    private let metrics: [joulebook_metric]
    private let values: [Double] = [0.5, 0.1, 1.5, 1234]

    init(in directory: String) throws {
        var options = RunOptions()
        options.directory = directory
        options.onDuplicate = .ignore
        options.isQuiet = true
        run = try Run.start(project: "calls", options: options)
        var handle: OpaquePointer?
        let settings = #"""
            {"project": "calls", "dir": "\#(directory)", "quiet": true, "on_duplicate": "ignore"}
            """#
        guard unsafe joulebook_run_start(settings, &handle, nil) == JOULEBOOK_OK else { exit(70) }
        unsafe self.handle = handle
        let names: [String] = ["loss", "lr", "grad_norm", "throughput"]
        metrics = names.map { name in
            unsafe joulebook_metric_named(handle, JOULEBOOK_STEPS, name, name.utf8.count)
        }
    }

    func swift(_ step: Int64) -> Bool {
        run.log(step: Int(step), ["loss": 0.5, "lr": 0.1, "grad_norm": 1.5, "throughput": 1234])
        return true
    }

    func c(_ step: Int64) -> Bool {
        unsafe joulebook_step(handle, step, metrics, values, metrics.count) == JOULEBOOK_OK
    }

    func finish() throws {
        unsafe joulebook_run_finish(handle, nil, nil, nil)
        unsafe joulebook_run_free(handle)
        try run.finish()
    }
}
