import CJoulebook
import Glibc
import JouleExchange
import JouleFile

/// What the `private_data` of a stream of a table points to.
@safe final class TableStream {
    private var export: TableExport
    private var failure: String?
    /// The text that C was given last, which lives until the next one or the end.
    private var told: UnsafeMutablePointer<CChar>?

    init(_ export: TableExport) {
        self.export = export
    }

    deinit { unsafe free(told) }

    var columns: [TableColumn] { export.columns }

    /// The next rows; nil at the end.
    func next() throws -> TableBatch? {
        // What failed once gives nothing any more: rows would be missing in between.
        if let failure { throw TableStreamError(description: failure) }
        do throws(ExportError) { return try export.next() } catch {
            failure = error.description
            throw TableStreamError(description: error.description)
        }
    }

    /// Why the last call failed, or what could not be read; nil when nothing was wrong.
    func lastError() -> UnsafePointer<CChar>? {
        let problems = export.untoldProblems.linesByFile
        let text = failure ?? (problems.isEmpty ? nil : problems.joined(separator: "\n"))
        unsafe free(told)
        unsafe told = text.flatMap { unsafe strdup($0) }
        return unsafe UnsafePointer(told)
    }
}

private struct TableStreamError: Error {
    let description: String
}

extension ArrowArrayStream {
    /// A stream that holds `table` until its release.
    init(_ table: TableStream) {
        unsafe self.init()
        unsafe private_data = Unmanaged.passRetained(table).toOpaque()
        unsafe get_schema = { stream, out in
            guard let table = unsafe Self.table(stream), let out = unsafe out else { return EINVAL }
            // SAFETY: the interface asks for a place for one schema.
            unsafe out.initialize(to: ArrowSchema(of: table.columns))
            return 0
        }
        unsafe get_next = { stream, out in
            guard let table = unsafe Self.table(stream), let out = unsafe out else { return EINVAL }
            do {
                let batch = try table.next()
                // SAFETY: as above. A released array is the end.
                unsafe out.initialize(to: batch.map { unsafe ArrowArray(of: $0) } ?? ArrowArray())
                return 0
            } catch {
                return EIO
            }
        }
        unsafe get_last_error = { stream in unsafe Self.table(stream)?.lastError() }
        unsafe release = { stream in
            guard let stream = unsafe stream, let held = unsafe stream.pointee.private_data else {
                return
            }
            unsafe stream.initialize(to: ArrowArrayStream())
            unsafe Unmanaged<TableStream>.fromOpaque(held).release()
        }
    }

    /// The table of a stream; nil for NULL and after the release.
    private static func table(_ stream: UnsafeMutablePointer<ArrowArrayStream>?) -> TableStream? {
        // SAFETY: callers hand in the stream whose function they call.
        guard let held = unsafe stream?.pointee.private_data else { return nil }
        return unsafe Unmanaged<TableStream>.fromOpaque(held).takeUnretainedValue()
    }
}
