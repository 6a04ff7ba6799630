import CJoulebook
import Glibc
import JouleQuantities
import JouleTestSupport
import JoulebookABI
import Testing

/// Reads tables as a C program does, through Arrow's C stream interface.
@Suite("Tables through the C interface")
struct ExportTests {
    /// Writes a run of some steps, through the header as well.
    private func run(steps: Int, in directory: borrowing TemporaryDirectory) {
        var run: OpaquePointer?
        let options: JSON = [
            "project": "c", "dir": .string(directory.path), "run_id": "run", "quiet": true,
        ]
        #expect(unsafe joulebook_run_start(options.text(), &run, nil) == JOULEBOOK_OK)
        let loss = unsafe joulebook_metric_named(run, JOULEBOOK_STEPS, "loss", 4)
        let late = unsafe joulebook_metric_named(run, JOULEBOOK_STEPS, "late", 4)
        for step in 0..<steps {
            let metrics = step % 3 == 0 ? [loss, late] : [loss]
            let values = [Double(step) / 8, Double(step)]
            _ = unsafe joulebook_step(run, Int64(step), metrics, values, metrics.count)
        }
        #expect(unsafe joulebook_run_finish(run, nil, nil, nil) == JOULEBOOK_OK)
        unsafe joulebook_run_free(run)
    }

    private func stream(_ path: String, _ options: JSON) -> ArrowArrayStream {
        var stream = unsafe ArrowArrayStream()
        #expect(unsafe joulebook_export(path, options.text(), &stream, nil) == JOULEBOOK_OK)
        return unsafe stream
    }

    private func name(_ schema: UnsafePointer<ArrowSchema>?) -> String? {
        unsafe (schema?.pointee.name).map { unsafe String(cString: $0) }
    }

    /// The next batch; nil at the end.
    private func next(_ stream: inout ArrowArrayStream) -> ArrowArray? {
        var array = unsafe ArrowArray()
        #expect(unsafe stream.get_next?(&stream, &array) == 0)
        return unsafe array.release == nil ? nil : array
    }

    @Test("Every value and every null arrives, by what the structures point to")
    func values() throws {
        let directory = TemporaryDirectory()
        run(steps: 1000, in: directory)
        var stream = unsafe stream(
            directory.path,
            ["table": "steps", "columns": ["step", "late", "run_id"]]
        )
        var schema = unsafe ArrowSchema()
        #expect(unsafe stream.get_schema?(&stream, &schema) == 0)
        #expect(unsafe schema.format.map { unsafe String(cString: $0) } == "+s")
        #expect(unsafe schema.n_children == 3)
        let names = (0..<3).map { place in unsafe name(schema.children?[place]) }
        #expect(names == ["step", "late", "run_id"])
        unsafe schema.release?(&schema)
        #expect(unsafe schema.release == nil)

        var count = 0
        while var batch = unsafe next(&stream) {
            let rows = Int(unsafe batch.length)
            let children = try unsafe #require(batch.children)
            let step = try unsafe #require(children[0]?.pointee.buffers?[1])
                .assumingMemoryBound(to: Int64.self)
            let late = try unsafe #require(children[1]?.pointee)
            let bits = try unsafe #require(late.buffers?[0]).assumingMemoryBound(to: UInt8.self)
            let values = try unsafe #require(late.buffers?[1])
                .assumingMemoryBound(to: Double.self)
            let ends = try unsafe #require(children[2]?.pointee.buffers?[1])
                .assumingMemoryBound(to: Int32.self)
            #expect(unsafe children[0]?.pointee.buffers?[0] == nil)
            var nulls = 0
            for row in 0..<rows {
                let number = count + row
                #expect(unsafe step[row] == Int64(number))
                let hasValue = unsafe bits[row >> 3] >> UInt8(row & 7) & 1 == 1
                #expect(hasValue == (number % 3 == 0))
                if hasValue { #expect(unsafe values[row] == Double(number)) } else { nulls += 1 }
                #expect(unsafe ends[row + 1] == Int32(3 * (row + 1)))
            }
            #expect(unsafe late.null_count == Int64(nulls))
            for place in 0..<3 {
                for buffer in 0..<Int(unsafe children[place]?.pointee.n_buffers ?? 0) {
                    let start = unsafe Int(bitPattern: children[place]?.pointee.buffers?[buffer])
                    #expect(start % 64 == 0)
                }
            }
            count += rows
            unsafe batch.release?(&batch)
            #expect(unsafe batch.release == nil)
        }
        #expect(count == 1000)
        #expect(unsafe next(&stream) == nil)
        #expect(unsafe stream.get_last_error?(&stream) == nil)
        unsafe stream.release?(&stream)
        #expect(unsafe stream.release == nil)
    }

    @Test("A child that was taken out outlives its batch and its stream")
    func children() throws {
        let directory = TemporaryDirectory()
        run(steps: 100, in: directory)
        var stream = unsafe stream(directory.path, ["table": "steps"])
        var batch = try unsafe #require(next(&stream))
        let place = try unsafe #require(batch.children?[2])
        var steps = unsafe place.pointee
        unsafe place.pointee.release = nil
        unsafe batch.release?(&batch)
        unsafe stream.release?(&stream)
        let values = try unsafe #require(steps.buffers?[1]).assumingMemoryBound(to: Int64.self)
        #expect((0..<100).allSatisfy { unsafe values[$0] == Int64($0) })
        unsafe steps.release?(&steps)
    }

    @Test(
        "What is asked wrongly is told, and gives no stream",
        arguments: [
            (#"[]"#, "object"), (#"{"table": "losses"}"#, "table"), (#"{"rows": 3}"#, "rows"),
            (#"{"columns": ["nothing"]}"#, "nothing"), (#"{"columns": []}"#, "columns"),
            (#"{"where": ["loss"]}"#, "loss"), (#"{"since": "yesterday"}"#, "since"),
            (#"{"table": "energy", "since": 1}"#, "time"), (#"{"run": "other"}"#, "other"),
        ]
    )
    func wrongOptions(options: String, named: String) {
        let directory = TemporaryDirectory()
        run(steps: 1, in: directory)
        var stream = unsafe ArrowArrayStream()
        var error: UnsafeMutablePointer<CChar>?
        #expect(
            unsafe joulebook_export(directory.path, options, &stream, &error) == JOULEBOOK_INVALID
        )
        #expect(unsafe stream.release == nil)
        #expect(unsafe taken(error)?.contains(named) == true)
    }

    @Test("What is no ledger is unreadable, and NULL is refused")
    func unreadable() {
        let directory = TemporaryDirectory()
        var stream = unsafe ArrowArrayStream()
        var error: UnsafeMutablePointer<CChar>?
        let path = directory.path + "/nothing"
        #expect(unsafe joulebook_export(path, nil, &stream, &error) == JOULEBOOK_UNREADABLE)
        #expect(unsafe taken(error)?.contains(path) == true)
        #expect(unsafe joulebook_export(nil, nil, &stream, nil) == JOULEBOOK_INVALID)
        #expect(unsafe joulebook_export(directory.path, nil, nil, nil) == JOULEBOOK_INVALID)
    }
}
