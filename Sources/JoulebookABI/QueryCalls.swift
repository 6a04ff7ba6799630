// The functions bear the names of joulebook.h.
// swift-format-ignore-file: AlwaysUseLowerCamelCase

public import CJoulebook
import JouleFile
import JouleQuantities
import JouleRedundancy
import Joulebook
import JoulebookCommand

/// See `joulebook.h`.
@c @implementation
public func joulebook_check(
    _ question: UnsafePointer<CChar>?,
    _ json: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?,
    _ error: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
) -> joulebook_status {
    let answer = answer(to: unsafe text(question))
    return unsafe hand(answer, json, error)
}

/// See `joulebook.h`.
@c @implementation
public func joulebook_sweep(
    _ question: UnsafePointer<CChar>?,
    _ json: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?,
    _ error: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
) -> joulebook_status {
    let answer = plan(for: unsafe text(question))
    return unsafe hand(answer, json, error)
}

/// See `joulebook.h`.
@c @implementation
public func joulebook_show(
    _ path: UnsafePointer<CChar>?,
    _ options: UnsafePointer<CChar>?,
    _ json: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?,
    _ error: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
) -> joulebook_status {
    let answer = unsafe ask("show", path, options)
    return unsafe hand(answer, json, error)
}

/// See `joulebook.h`.
@c @implementation
public func joulebook_audit(
    _ path: UnsafePointer<CChar>?,
    _ options: UnsafePointer<CChar>?,
    _ json: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?,
    _ error: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
) -> joulebook_status {
    let answer = unsafe ask("audit", path, options)
    return unsafe hand(answer, json, error)
}

/// See `joulebook.h`.
@c @implementation
public func joulebook_lifecycle(
    _ path: UnsafePointer<CChar>?,
    _ options: UnsafePointer<CChar>?,
    _ json: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?,
    _ error: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
) -> joulebook_status {
    let answer = unsafe ask("lifecycle", path, options)
    return unsafe hand(answer, json, error)
}

/// See `joulebook.h`.
@c @implementation
public func joulebook_command(
    _ count: Int32,
    _ arguments: UnsafePointer<UnsafePointer<CChar>?>?
) -> Int32 {
    var words: [String] = []
    if count > 0, let arguments = unsafe arguments {
        // SAFETY: the header asks for `count` texts at `arguments`.
        let texts = unsafe UnsafeBufferPointer(start: arguments, count: Int(count))
        for index in 0..<Int(count) {
            // A file name that is not UTF-8 reads with replacements, and is then not found.
            words.append(unsafe texts[index].map { unsafe String(cString: $0) } ?? "")
        }
    }
    return JoulebookMain.run(words)
}

/// The JSON that was asked for, or the status and the message to give instead.
private typealias Answer = Result<String, QueryFailure>

private struct QueryFailure: Error {
    let status: joulebook_status
    let message: String
}

private func hand(_ answer: Answer, _ json: OutText?, _ error: OutText?) -> joulebook_status {
    switch answer {
    case .success(let text):
        unsafe hand(text, to: json)
        unsafe hand(nil, to: error)
        return JOULEBOOK_OK
    case .failure(let failure):
        unsafe hand(nil, to: json)
        unsafe hand(failure.message, to: error)
        return failure.status
    }
}

/// Runs a reading command, so that programs get what people get.
private func ask(
    _ verb: String,
    _ path: UnsafePointer<CChar>?,
    _ options: UnsafePointer<CChar>?
) -> Answer {
    guard let path = unsafe text(path) else { return invalid("path must be UTF-8 text") }
    let given = unsafe options == nil ? "{}" : text(options)
    guard let members = given.flatMap({ try? JSON(parsing: $0) })?.object?.members else {
        return invalid("options must be a JSON object")
    }
    if verb != "show", members.first(where: { $0.name == "rules" }) == nil {
        do throws(KeyRulesError) { _ = try KeyRules.beside(path) } catch {
            return invalid("\(KeyRules.path(beside: path)): \(error)")
        }
    }
    var words = [verb, "--json"]
    for member in members {
        // An array gives an option once for each of its elements.
        for value in member.value.array ?? [member.value] where value != .null {
            switch value {
            case .bool(false): break
            case .bool(true): words.append("--\(member.name)")
            default: words.append("--\(member.name)=\(value.string ?? value.text())")
            }
        }
    }
    return run(words + ["--", path])
}

private func run(_ words: [String]) -> Answer {
    var output: [UInt8] = []
    var complaint: [UInt8] = []
    let console = Console(
        look: .plain,
        out: {
            output += $0
            return 0
        },
        err: {
            complaint += $0
            return 0
        }
    )
    let status = JoulebookMain.run(words, on: console)
    // 64, 65 and 74 are the command's errors; anything else is a verdict about the data.
    switch status {
    case 64: return invalid(message(complaint))
    case 65, 74:
        return .failure(QueryFailure(status: JOULEBOOK_UNREADABLE, message: message(complaint)))
    default: return .success(String(decoding: output, as: UTF8.self))
    }
}

/// A complaint without the program's name and the line's end.
private func message(_ complaint: [UInt8]) -> String {
    let prefix = "joulebook: "
    var text = String(decoding: complaint, as: UTF8.self)
    if text.hasPrefix(prefix) { text.removeFirst(prefix.count) }
    while text.hasSuffix("\n") { text.removeLast() }
    return text
}

private func invalid(_ message: String) -> Answer {
    .failure(QueryFailure(status: JOULEBOOK_INVALID, message: message))
}

private func answer(to text: String?) -> Answer {
    ask(text) { question, asked, against throws(LedgerError) in
        guard let config = (question["config"] ?? [:]).object else {
            return invalid("config must be a JSON object")
        }
        var asked = asked
        asked.run.config = config
        asked.run.seed = question["seed"]
        if let contradiction = asked.seedContradiction { return invalid("seed \(contradiction)") }
        let found = try asked.answer(at: against.directory, rules: against.rules)
        let problems = found.problems(rulesPath: KeyRules.path(beside: against.directory))
        return .success(found.answer.json.listing(problems).text())
    }
}

private func plan(for text: String?) -> Answer {
    ask(text) { question, asked, against throws(LedgerError) in
        let trials: SweepTrials
        do throws(SweepError) { trials = try SweepTrials(question["trials"] ?? .null) } catch {
            return invalid("trials: \(error)")
        }
        let found = try asked.plan(
            trials.configurations,
            at: against.directory,
            rules: against.rules
        )
        let problems = found.problems(rulesPath: KeyRules.path(beside: against.directory))
        return .success(found.answer.json.listing(problems).text())
    }
}

/// Reads what a question is about, and the rules beside the ledgers that it is asked of.
private func ask(
    _ text: String?,
    _ answer: (JSON, PreflightQuestion, (directory: String, rules: KeyRules)) throws(LedgerError)
        -> Answer
) -> Answer {
    guard let text, let question = try? JSON(parsing: text),
        let against = question["against"]?.string
    else { return invalid("the question must be a JSON object with \"against\"") }
    let asked = PreflightQuestion(
        project: question["project"]?.string,
        entry: question["entry"]?.string,
        config: JSONObject(),
        codeTree: question["code"]?.string,
        dataFingerprint: question["data"]?.string
    )
    let rules: KeyRules
    do throws(KeyRulesError) { rules = try .beside(against) } catch {
        return invalid("\(KeyRules.path(beside: against)): \(error)")
    }
    do throws(LedgerError) {
        return try answer(question, asked, (against, rules))
    } catch {
        let status = JOULEBOOK_UNREADABLE
        return .failure(QueryFailure(status: status, message: error.description))
    }
}
