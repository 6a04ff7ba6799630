// The functions bear the names of joulebook.h.
// swift-format-ignore-file: AlwaysUseLowerCamelCase

public import CJoulebook
import Glibc
import JouleQuantities
import Joulebook
import JoulebookCommand

// The functions of joulebook.h, which documents them; here every argument is checked and every
// error becomes a status.

/// See `joulebook.h`.
@c @implementation
public func joulebook_version() -> UnsafePointer<CChar>? {
    unsafe versionText
}

/// Made once and never freed, as the header promises.
private nonisolated(unsafe) let versionText: UnsafePointer<CChar>? =
    unsafe strdup(joulebookVersion).map { unsafe UnsafePointer($0) }

/// See `joulebook.h`.
@c @implementation
public func joulebook_string_free(_ text: UnsafeMutablePointer<CChar>?) {
    unsafe free(text)
}

/// See `joulebook.h`.
@c @implementation
public func joulebook_run_start(
    _ options: UnsafePointer<CChar>?,
    _ run: UnsafeMutablePointer<OpaquePointer?>?,
    _ error: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
) -> joulebook_status {
    unsafe joulebook_run_start_asking(options, nil, nil, run, nil, error)
}

/// See `joulebook.h`.
@c @implementation
public func joulebook_run_start_asking(
    _ options: UnsafePointer<CChar>?,
    _ ask: joulebook_ask?,
    _ context: UnsafeMutableRawPointer?,
    _ run: UnsafeMutablePointer<OpaquePointer?>?,
    _ answer: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?,
    _ error: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
) -> joulebook_status {
    unsafe hand(nil, to: answer)
    unsafe hand(nil, to: error)
    guard let run = unsafe run else { return JOULEBOOK_INVALID }
    // SAFETY: the header asks for a place for one pointer.
    unsafe run.pointee = nil
    let mayGoOn = unsafe ask.map { unsafe Asking(ask: $0, context: context).mayGoOn }
    do throws(StartFailure) {
        unsafe run.pointee = retained(RunHandle(try start(unsafe text(options), mayGoOn)))
        return JOULEBOOK_OK
    } catch let failure {
        unsafe hand(failure.answer?.text(), to: answer)
        unsafe hand(failure.message, to: error)
        return failure.status
    }
}

/// Why a run was not started.
private struct StartFailure: Error {
    let status: joulebook_status
    let message: String
    var answer: JSON?
}

/// Whom a C program wants asked about a run that was done before.
@safe private struct Asking: @unchecked Sendable {
    // Unchecked: both are used during the call alone that hands them over, on its thread.
    private let ask: joulebook_ask
    private let context: UnsafeMutableRawPointer?

    init(ask: joulebook_ask, context: UnsafeMutableRawPointer?) {
        unsafe self.ask = unsafe ask
        unsafe self.context = unsafe context
    }

    func mayGoOn(_ repetition: Repetition) -> Bool {
        // Of a replay the program learns by `joulebook_run_is_replay`.
        guard case .known(let report) = repetition else { return true }
        return unsafe report.json.text().withCString { text in
            unsafe ask(text, context) != 0
        }
    }
}

private func start(
    _ text: String?,
    _ mayGoOn: (@Sendable (Repetition) -> Bool)?
) throws(StartFailure) -> Run {
    do {
        guard let text else { throw OptionError("options must be UTF-8 text") }
        var start = try StartOptions(json: JSON(parsing: text))
        start.options.mayGoOn = mayGoOn
        return try Run.start(
            project: start.project,
            config: start.config,
            stage: start.stage,
            options: start.options
        )
    } catch let error as RunError {
        var failure = StartFailure(status: JOULEBOOK_INVALID, message: error.description)
        if case .duplicateRun(_, _, let answer) = error {
            failure = StartFailure(
                status: JOULEBOOK_DUPLICATE,
                message: error.description,
                answer: answer
            )
        }
        throw failure
    } catch {
        throw StartFailure(status: JOULEBOOK_INVALID, message: "\(error)")
    }
}

/// See `joulebook.h`.
@c @implementation
public func joulebook_run_facts(
    _ run: OpaquePointer?,
    _ json: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
) -> joulebook_status {
    unsafe hand(nil, to: json)
    guard let run = unsafe object(run, RunHandle.self)?.run else { return JOULEBOOK_INVALID }
    let facts: JSON = [
        "run_id": .string(run.id.description),
        "project": .string(run.project),
        "path": .orNull(run.path),
        "rank": run.rank.map { .integer(Int64($0)) } ?? .null,
        "durability": .orNull(run.durability?.rawValue),
        "recording": .bool(run.isRecording),
        "closure": .bool(run.takesClosure),
        "closed": .bool(run.isClosed),
        "warnings": .array(run.warnings.map(JSON.string)),
        "preflight": run.preflight?.json ?? .null,
        "replay": run.replay?.json ?? .null,
    ]
    unsafe hand(facts.text(), to: json)
    return JOULEBOOK_OK
}

/// See `joulebook.h`.
@c @implementation
public func joulebook_run_is_replay(_ run: OpaquePointer?) -> Int32 {
    unsafe object(run, RunHandle.self)?.run.isReplay == true ? 1 : 0
}

/// See `joulebook.h`.
@c @implementation
public func joulebook_run_summary(
    _ run: OpaquePointer?,
    _ json: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
) -> joulebook_status {
    unsafe hand(nil, to: json)
    guard let run = unsafe object(run, RunHandle.self)?.run else { return JOULEBOOK_INVALID }
    unsafe hand(run.summary().text(), to: json)
    return JOULEBOOK_OK
}

/// See `joulebook.h`.
@c @implementation
public func joulebook_run_tag(
    _ run: OpaquePointer?,
    _ name: UnsafePointer<CChar>?
) -> joulebook_status {
    guard let run = unsafe object(run, RunHandle.self)?.run, let name = unsafe text(name) else {
        return JOULEBOOK_INVALID
    }
    run.tag([name])
    return JOULEBOOK_OK
}

/// See `joulebook.h`.
@c @implementation
public func joulebook_run_note(
    _ run: OpaquePointer?,
    _ note: UnsafePointer<CChar>?
) -> joulebook_status {
    guard let run = unsafe object(run, RunHandle.self)?.run, let note = unsafe text(note) else {
        return JOULEBOOK_INVALID
    }
    run.note(note)
    return JOULEBOOK_OK
}

/// See `joulebook.h`.
@c @implementation
public func joulebook_run_program(
    _ run: OpaquePointer?,
    _ facts: UnsafePointer<CChar>?
) -> joulebook_status {
    guard let run = unsafe object(run, RunHandle.self)?.run,
        let facts = try? OptionValue.members(of: unsafe text(facts), named: "facts"),
        let found = try? ProgramFacts(facts)
    else { return JOULEBOOK_INVALID }
    if let code = found.code { run.add(code: code) }
    if let paths = found.unread { run.noteUnread(config: paths) }
    return JOULEBOOK_OK
}

/// See `joulebook.h`.
@c @implementation
public func joulebook_run_stop(_ run: OpaquePointer?) -> joulebook_status {
    guard let run = unsafe object(run, RunHandle.self)?.run else { return JOULEBOOK_INVALID }
    run.stopMeasuring()
    return JOULEBOOK_OK
}

/// What a language found out about the program that it runs.
private struct ProgramFacts {
    private(set) var code: JSONObject?
    private(set) var unread: [String]?

    init(_ facts: [OptionValue]) throws(OptionError) {
        for fact in facts {
            switch fact.name {
            case "code": code = try fact.object()
            case "config_unread": unread = try fact.texts()
            default: throw OptionError("\(fact.name.debugDescription) is no fact of a program")
            }
        }
    }
}

/// See `joulebook.h`.
@c @implementation
public func joulebook_run_attach(
    _ run: OpaquePointer?,
    _ name: UnsafePointer<CChar>?,
    _ media_type: UnsafePointer<CChar>?,
    _ bytes: UnsafeRawPointer?,
    _ size: Int
) -> joulebook_status {
    let mediaType = unsafe media_type == nil ? "" : text(media_type)
    guard let run = unsafe object(run, RunHandle.self)?.run, let name = unsafe text(name),
        let mediaType, size == 0 || (unsafe bytes != nil && size > 0)
    else { return JOULEBOOK_INVALID }
    // One byte more than is taken is enough to be refused, and is all that is copied then.
    let count = min(size, Run.attachmentSizeBytesMax + 1)
    // SAFETY: the header asks for `size` bytes at `bytes`.
    let content = unsafe Array(UnsafeRawBufferPointer(start: bytes, count: count))
    run.attach(name, bytes: content, mediaType: mediaType)
    return JOULEBOOK_OK
}

/// See `joulebook.h`.
@c @implementation
public func joulebook_run_attach_file(
    _ run: OpaquePointer?,
    _ path: UnsafePointer<CChar>?,
    _ name: UnsafePointer<CChar>?,
    _ media_type: UnsafePointer<CChar>?
) -> joulebook_status {
    let mediaType = unsafe media_type == nil ? "" : text(media_type)
    let label = unsafe text(name)
    guard let run = unsafe object(run, RunHandle.self)?.run, let path = unsafe text(path),
        let mediaType, unsafe label != nil || name == nil
    else { return JOULEBOOK_INVALID }
    run.attach(file: path, as: label, mediaType: mediaType)
    return JOULEBOOK_OK
}

/// See `joulebook.h`.
@c @implementation
public func joulebook_run_parent(
    _ run: OpaquePointer?,
    _ run_id: UnsafePointer<CChar>?,
    _ relation: UnsafePointer<CChar>?
) -> joulebook_status {
    guard let run = unsafe object(run, RunHandle.self)?.run,
        let id = unsafe text(run_id), let relation = unsafe text(relation),
        run.refusal(ofParent: id, relation: relation) == nil
    else { return JOULEBOOK_INVALID }
    run.parent(id, relation: relation)
    return JOULEBOOK_OK
}

/// See `joulebook.h`.
@c @implementation
public func joulebook_run_finish(
    _ run: OpaquePointer?,
    _ status: UnsafePointer<CChar>?,
    _ metrics: UnsafePointer<CChar>?,
    _ error: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
) -> joulebook_status {
    unsafe hand(nil, to: error)
    guard let run = unsafe object(run, RunHandle.self)?.run else { return JOULEBOOK_INVALID }
    let word = unsafe status == nil ? "finished" : text(status)
    let results = unsafe metrics == nil ? "{}" : text(metrics)
    guard let ending = word.flatMap(RunStatus.init(rawValue:)), ending != .running,
        let final = results.flatMap({ try? JSON(parsing: $0) }), final.object != nil
    else {
        unsafe hand("a run ends finished, failed or killed; metrics are a JSON object", to: error)
        return JOULEBOOK_INVALID
    }
    do throws(RunError) {
        try run.finish(status: ending, metrics: final)
        return JOULEBOOK_OK
    } catch let failure {
        unsafe hand(failure.description, to: error)
        return JOULEBOOK_INCOMPLETE
    }
}

/// See `joulebook.h`.
@c @implementation
public func joulebook_run_free(_ run: OpaquePointer?) {
    unsafe release(run, RunHandle.self)
}
