import CJoulebook
import Glibc
import JouleQuantities
import JouleTestSupport
import JoulebookABI
import Testing

/// Calls the library as a C program does, through `joulebook.h`.
@Suite struct HeaderTests {
    @Test("NULL is refused everywhere and ends nothing")
    func nullIsRefused() {
        joulebook_string_free(nil)
        #expect(joulebook_run_start(nil, nil, nil) == JOULEBOOK_INVALID)
        #expect(joulebook_run_start_asking(nil, nil, nil, nil, nil, nil) == JOULEBOOK_INVALID)
        #expect(joulebook_run_is_replay(nil) == 0)
        #expect(joulebook_run_facts(nil, nil) == JOULEBOOK_INVALID)
        #expect(joulebook_run_summary(nil, nil) == JOULEBOOK_INVALID)
        #expect(joulebook_run_tag(nil, nil) == JOULEBOOK_INVALID)
        #expect(joulebook_run_note(nil, nil) == JOULEBOOK_INVALID)
        #expect(joulebook_run_program(nil, nil) == JOULEBOOK_INVALID)
        #expect(joulebook_run_stop(nil) == JOULEBOOK_INVALID)
        #expect(joulebook_run_attach(nil, nil, nil, nil, 0) == JOULEBOOK_INVALID)
        #expect(joulebook_run_attach_file(nil, nil, nil, nil) == JOULEBOOK_INVALID)
        #expect(joulebook_run_parent(nil, nil, nil) == JOULEBOOK_INVALID)
        #expect(joulebook_run_finish(nil, nil, nil, nil) == JOULEBOOK_INVALID)
        #expect(joulebook_run_plan(nil, 1, 2) == JOULEBOOK_INVALID)
        #expect(joulebook_run_forecast(nil, nil, nil, nil) == JOULEBOOK_INVALID)
        #expect(joulebook_run_budget(nil, nil, nil) == JOULEBOOK_INVALID)
        #expect(joulebook_run_review_budget(nil, nil) == JOULEBOOK_INVALID)
        #expect(joulebook_forecast(nil, nil, nil) == JOULEBOOK_INVALID)
        joulebook_run_free(nil)
        #expect(joulebook_metric_named(nil, JOULEBOOK_STEPS, nil, 0) == 0)
        #expect(joulebook_step(nil, 0, nil, nil, 0) == JOULEBOOK_INVALID)
        #expect(unsafe joulebook_epoch_begin(nil, 0) == nil)
        #expect(joulebook_epoch_log(nil, nil, nil, 0) == JOULEBOOK_INVALID)
        #expect(joulebook_epoch_end(nil) == JOULEBOOK_INVALID)
        joulebook_epoch_free(nil)
        #expect(unsafe joulebook_run_phase(nil, nil) == nil)
        #expect(unsafe joulebook_epoch_phase(nil, nil) == nil)
        #expect(unsafe joulebook_run_steps(nil, 0, 1) == nil)
        #expect(unsafe joulebook_epoch_steps(nil, 0, 1) == nil)
        #expect(unsafe joulebook_phase_steps(nil, 0, 1) == nil)
        #expect(joulebook_phase_end(nil) == JOULEBOOK_INVALID)
        joulebook_phase_free(nil)
        #expect(joulebook_check(nil, nil, nil) == JOULEBOOK_INVALID)
        #expect(joulebook_sweep(nil, nil, nil) == JOULEBOOK_INVALID)
        #expect(joulebook_show(nil, nil, nil, nil) == JOULEBOOK_INVALID)
        #expect(joulebook_audit(nil, nil, nil, nil) == JOULEBOOK_INVALID)
        #expect(joulebook_lifecycle(nil, nil, nil, nil) == JOULEBOOK_INVALID)
        #expect(joulebook_export(nil, nil, nil, nil) == JOULEBOOK_INVALID)
        #expect(joulebook_plan(nil, nil, nil, nil) == JOULEBOOK_INVALID)
    }

    @Test(
        "An option that means nothing is refused, and the message names it",
        arguments: [
            (#"[]"#, "object"), (#"{"#, ""), (#"{"stage": "traning"}"#, "stage"),
            (#"{"projekt": "p"}"#, "projekt"), (#"{"tags": [1]}"#, "tags"),
            (#"{"project": ""}"#, "project"), (#"{"region": "ZZ"}"#, "region"),
            (#"{"quiet": 1}"#, "quiet"),
            (#"{"config": 3}"#, "config"), (#"{"pue": "much"}"#, "pue"),
            (#"{"interval_s": 0}"#, "interval_s"),
            (#"{"run_id": ""}"#, "run_id"), (#"{"on_duplicate": "stop"}"#, "on_duplicate"),
            (#"{"capture": {"nothing": true}}"#, "nothing"), (#"{"data": {"size": 3}}"#, "size"),
        ]
    )
    func optionsAreChecked(options: String, named: String) {
        var run: OpaquePointer?
        var error: UnsafeMutablePointer<CChar>?
        #expect(unsafe joulebook_run_start(options, &run, &error) == JOULEBOOK_INVALID)
        #expect(unsafe run == nil)
        let message = unsafe taken(error)
        #expect(message?.contains(named) == true)
        #expect(message?.contains("\n") == false)
    }

    @Test("What C logs is what a reader finds")
    func roundTrip() throws {
        let directory = TemporaryDirectory()
        var run: OpaquePointer?
        let options: JSON = ["project": "c", "dir": .string(directory.path), "config": ["lr": 0.5]]
        #expect(unsafe joulebook_run_start(options.text(), &run, nil) == JOULEBOOK_OK)
        let loss = unsafe joulebook_metric_named(run, JOULEBOOK_EPOCHS, "loss", 4)
        let stepLoss = unsafe joulebook_metric_named(run, JOULEBOOK_STEPS, "loss", 4)
        #expect(loss != 0 && stepLoss != 0 && loss != stepLoss)
        #expect(unsafe joulebook_metric_named(run, JOULEBOOK_EPOCHS, "loss", 4) == loss)
        for number in 1...3 {
            let epoch = unsafe joulebook_epoch_begin(run, Int64(number))
            let phase = unsafe joulebook_epoch_phase(epoch, "validation")
            unsafe ended(joulebook_phase_steps(phase, 0, 4))
            unsafe ended(joulebook_epoch_steps(epoch, 5, 9))
            unsafe ended(joulebook_epoch_steps(epoch, 9, 5))
            #expect(unsafe joulebook_phase_end(phase) == JOULEBOOK_OK)
            unsafe joulebook_phase_free(phase)
            #expect(unsafe joulebook_step(run, Int64(number), [stepLoss], [1.5], 1) == JOULEBOOK_OK)
            // A metric of another table and one that was never given out are left out.
            let metrics = [loss, stepLoss, 0, loss &+ 1000, .max]
            let values = [Double(number), 2, 3, 4, 5]
            #expect(unsafe joulebook_epoch_log(epoch, metrics, values, 5) == JOULEBOOK_OK)
            #expect(unsafe joulebook_epoch_end(epoch) == JOULEBOOK_OK)
            #expect(unsafe joulebook_epoch_end(epoch) == JOULEBOOK_OK)
            unsafe joulebook_epoch_free(epoch)
        }
        unsafe ended(joulebook_run_steps(run, .min, .max))
        #expect(unsafe joulebook_run_note(run, "noted") == JOULEBOOK_OK)
        let program = #"{"code": {"closure": {"files": 1}}, "config_unread": ["lr"]}"#
        #expect(unsafe joulebook_run_program(run, program) == JOULEBOOK_OK)
        #expect(unsafe joulebook_run_stop(run) == JOULEBOOK_OK)
        for wrong in ["[]", #"{"code": 1}"#, #"{"config_unread": [1]}"#, #"{"colour": {}}"#] {
            #expect(unsafe joulebook_run_program(run, wrong) == JOULEBOOK_INVALID)
        }
        #expect(unsafe joulebook_run_attach(run, "bytes", nil, "abc", 3) == JOULEBOOK_OK)
        #expect(unsafe joulebook_run_attach(run, "bytes", nil, nil, 3) == JOULEBOOK_INVALID)
        #expect(unsafe joulebook_run_attach(run, "none", "text/plain", nil, 0) == JOULEBOOK_OK)
        #expect(unsafe joulebook_run_attach_file(run, "/nowhere", nil, nil) == JOULEBOOK_OK)
        #expect(unsafe joulebook_run_finish(run, "done", nil, nil) == JOULEBOOK_INVALID)
        #expect(unsafe joulebook_run_finish(run, nil, #"{"a": 1}"#, nil) == JOULEBOOK_OK)
        var facts: UnsafeMutablePointer<CChar>?
        #expect(unsafe joulebook_run_facts(run, &facts) == JOULEBOOK_OK)
        let path = try #require(try JSON(parsing: unsafe taken(facts) ?? "")["path"]?.string)
        unsafe joulebook_run_free(run)

        var shown: UnsafeMutablePointer<CChar>?
        #expect(unsafe joulebook_show(path, nil, &shown, nil) == JOULEBOOK_OK)
        let document = try JSON(parsing: unsafe taken(shown) ?? "")
        #expect(document["project"] == "c")
        #expect(document["status"] == "finished")
        #expect(document["integrity"]?["state"] == "clean")
        #expect(document["metrics"]?["a"]?.integer == 1)
        #expect(document["notes"]?.array?.map { $0["text"] } == ["noted"])
        #expect(document["code"]?["closure"]?["files"]?.integer == 1)
        #expect(document["code"]?["entry"] != nil)
        #expect(document["config_unread"]?.array == ["lr"])
        let attached = document["attachments"]?.array?.filter { $0["name"] != "code.diff" }
        #expect(attached?.map { $0["name"] } == ["bytes", "none"])
        #expect(attached?.map { $0["size"]?.integer } == [3, 0])
        let epochs = try #require(document["epochs"]?.array)
        #expect(epochs.map { $0["metrics"]?["loss"]?.double } == [1, 2, 3])
        #expect(epochs.allSatisfy { $0["metrics"]?.object?.members.count == 1 })
        for epoch in epochs {
            let phases = try #require(epoch["phases"]?.array)
            let within = try #require(phases.first?["step_ranges"]?.array)
            let beside = try #require(epoch["step_ranges"]?.array)
            #expect([phases.count, within.count, beside.count] == [1, 1, 1])
            #expect(within[0]["first_step"] == 0 && within[0]["last_step"] == 4)
            #expect(beside[0]["first_step"] == 5 && beside[0]["last_step"] == 9)
        }
        let range = document["step_ranges"]?.array?.first
        #expect(range?["first_step"]?.integer == .min && range?["last_step"]?.integer == .max)
    }

    @Test(
        "Who is asked about a repetition gets the report, and decides; a replay is then told by asking"
    )
    func asked() throws {
        let directory = TemporaryDirectory()
        func options(_ width: Int64) -> String {
            let options: JSON = [
                "project": "c", "dir": .string(directory.path), "quiet": true, "seed": 0,
                "on_duplicate": "raise", "config": ["width": .integer(width)],
            ]
            return options.text()
        }
        struct Told {
            var reports: [String] = []
            var answer: Int32 = 0
        }
        var told = Told()
        func begin(_ width: Int64) -> (joulebook_status, OpaquePointer?) {
            var run: OpaquePointer?
            let status = unsafe withUnsafeMutablePointer(to: &told) { told in
                let ask: joulebook_ask = { report, context in
                    // SAFETY: the context is the one that is handed over below.
                    let told = unsafe context?.assumingMemoryBound(to: Told.self)
                    unsafe told?.pointee.reports.append(
                        report.map { unsafe String(cString: $0) } ?? ""
                    )
                    return unsafe told?.pointee.answer ?? 0
                }
                return unsafe joulebook_run_start_asking(
                    options(width),
                    ask,
                    told,
                    &run,
                    nil,
                    nil
                )
            }
            return (status, unsafe run)
        }
        func train(_ run: OpaquePointer?) {
            let loss = unsafe joulebook_metric_named(run, JOULEBOOK_EPOCHS, "loss", 4)
            for number in 1...3 {
                let epoch = unsafe joulebook_epoch_begin(run, Int64(number))
                _ = unsafe joulebook_epoch_log(epoch, [loss], [1 / (Double(number) + 0.1)], 1)
                _ = unsafe joulebook_epoch_end(epoch)
                unsafe joulebook_epoch_free(epoch)
            }
            _ = unsafe joulebook_run_finish(run, nil, nil, nil)
        }
        let (status, old) = unsafe begin(1)
        #expect(status == JOULEBOOK_OK && told.reports.isEmpty)
        unsafe train(old)
        #expect(unsafe joulebook_run_is_replay(old) == 0)
        let (refused, none) = unsafe begin(1)
        #expect(unsafe refused == JOULEBOOK_DUPLICATE && none == nil)
        told.answer = 1
        let (allowed, again) = unsafe begin(1)
        #expect(allowed == JOULEBOOK_OK)
        unsafe train(again)
        let (new, replay) = unsafe begin(2)
        #expect(new == JOULEBOOK_OK)
        unsafe train(replay)
        #expect(unsafe joulebook_run_is_replay(replay) == 1)
        var json: UnsafeMutablePointer<CChar>?
        #expect(unsafe joulebook_run_facts(replay, &json) == JOULEBOOK_OK)
        let facts = try JSON(parsing: unsafe taken(json) ?? "")
        #expect(facts["replay"]?["epoch"] == 2 && facts["replay"]?["action"] == "call")
        #expect(facts["warnings"] == [])
        let verdicts = try told.reports.map { try JSON(parsing: $0)["verdict"]?.string }
        #expect(verdicts == ["already_run", "already_run"])
        unsafe joulebook_run_free(old)
        unsafe joulebook_run_free(again)
        unsafe joulebook_run_free(replay)
    }

    private func ended(_ range: OpaquePointer?) {
        #expect(unsafe joulebook_phase_end(range) == JOULEBOOK_OK)
        unsafe joulebook_phase_free(range)
    }

    @Test("A count that no table can have is refused")
    func countsAreBounded() {
        let directory = TemporaryDirectory()
        var run: OpaquePointer?
        let options: JSON = ["dir": .string(directory.path)]
        #expect(unsafe joulebook_run_start(options.text(), &run, nil) == JOULEBOOK_OK)
        for count in [-1, 65_537, Int.max, Int.min] {
            #expect(unsafe joulebook_step(run, 0, [1], [1], count) == JOULEBOOK_INVALID)
        }
        #expect(unsafe joulebook_step(run, 0, nil, nil, 1) == JOULEBOOK_INVALID)
        #expect(unsafe joulebook_run_finish(run, "killed", nil, nil) == JOULEBOOK_OK)
        unsafe joulebook_run_free(run)
    }

    @Test("What cannot be read is a status and one line")
    func unreadable() {
        let directory = TemporaryDirectory()
        let missing = directory.path + "/missing"
        var error: UnsafeMutablePointer<CChar>?
        #expect(unsafe joulebook_audit(missing, nil, nil, &error) == JOULEBOOK_UNREADABLE)
        let message = unsafe taken(error)
        #expect(message?.contains("missing") == true)
        #expect(message?.contains("\n") == false)
        let options = #"{"nonsense": 1}"#
        #expect(unsafe joulebook_audit(directory.path, options, nil, nil) == JOULEBOOK_INVALID)
        let question: JSON = ["against": .string(missing)]
        #expect(unsafe joulebook_check(question.text(), nil, nil) == JOULEBOOK_UNREADABLE)
    }
}

/// The text that a call handed out, which is freed.
func taken(_ text: UnsafeMutablePointer<CChar>?) -> String? {
    defer { unsafe joulebook_string_free(text) }
    return unsafe text.map { unsafe String(cString: $0) }
}
