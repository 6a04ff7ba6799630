import JouleFile
import JouleQuantities
import JouleTestSupport

@testable import JouleRedundancy

/// The same configuration as another launcher would have written it.
enum Perturbation {
    /// Shuffles keys, writes numbers and truth values as strings, adds launcher keys.
    static func rewrite(
        _ run: RunRecord,
        using generator: inout some RandomNumberGenerator
    ) -> RunRecord {
        var other = run
        guard let config = run.config else { return run }
        var object = rewrite(.object(config), using: &generator).object ?? config
        object["output_dir"] = .string("out/\(generator.next())")
        object["run_name"] = .string("run-\(generator.next())")
        object["port"] = .integer(Int64.random(in: 1024...65535, using: &generator))
        other.config = object
        other.seed = run.seed.map { .string($0.string ?? $0.text()) }
        return other
    }

    private static func rewrite(
        _ value: JSON,
        using generator: inout some RandomNumberGenerator
    ) -> JSON {
        switch value {
        case .object(let object):
            var rewritten = JSONObject()
            for member in object.members.shuffled(using: &generator) {
                rewritten[member.name] = rewrite(member.value, using: &generator)
            }
            return .object(rewritten)
        case .array(let elements):
            return .array(elements.map { rewrite($0, using: &generator) })
        case .integer(let number):
            return Bool.random(using: &generator)
                ? .string(String(number)) : .double(Double(number))
        case .double(let number):
            return Bool.random(using: &generator) ? .string("\(number)") : value
        case .bool(let truth):
            return Bool.random(using: &generator) ? .string(truth ? "True" : "False") : value
        default: return value
        }
    }
}
