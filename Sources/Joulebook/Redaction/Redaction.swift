package import JouleQuantities

/// The one place where secret-looking values leave what a run records.
///
/// Everything taken from a command line, a configuration or the environment passes through here
/// before it is written. A secret is replaced by a fixed text and never by its hash: the hash of a
/// guessable password gives the password away. What remains unknowable (a bare 40-digit
/// hexadecimal key looks like a commit) is caught by the name it stands under, or not at all.
package enum Redaction {
    /// What stands in the ledger instead of a secret.
    package static let placeholder = "[redacted]"

    /// A tree of values without its secrets; shape, order and harmless values stay as they are.
    ///
    /// Booleans and null are never secrets. Values nested deeper than `JSON.depthMax` are cut off,
    /// so that no configuration can exhaust the stack.
    package static func redact(_ value: JSON) -> JSON {
        redact(value, verdict: .harmless, depth: 0)
    }

    /// The members of an object without their secrets.
    package static func redact(_ object: JSONObject) -> JSONObject {
        redact(.object(object)).object ?? JSONObject()
    }

    /// A command line without its secrets: `--token X`, `--token=X`, and whatever looks like one.
    package static func redact(arguments: [String]) -> [String] {
        var result: [String] = []
        result.reserveCapacity(arguments.count)
        var verdict = SecretName.harmless
        for argument in arguments {
            let isFlag = argument.utf8.first == UInt8(ascii: "-")
            if verdict != .harmless, !isFlag {
                result.append(hide(argument, verdict: verdict))
                verdict = .harmless
                continue
            }
            result.append(redact(text: argument))
            verdict = isFlag ? judge(flag: argument) : .harmless
        }
        return result
    }

    /// A text without the secrets in it; the rest of the text stays.
    package static func redact(text: String) -> String {
        let bytes = Array(text.utf8)
        let kept = redact(bytes: bytes)
        return kept == bytes ? text : String(decoding: kept, as: UTF8.self)
    }

    /// The same of a text that need not be UTF-8.
    package static func redact(bytes: [UInt8]) -> [UInt8] {
        let secrets = SecretShapes.ranges(in: bytes)
        guard !secrets.isEmpty else { return bytes }
        var result: [UInt8] = []
        var copied = 0
        for secret in secrets.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            guard secret.upperBound > copied else { continue }
            // Two overlapping secrets leave one placeholder.
            if secret.lowerBound >= copied {
                result.append(contentsOf: bytes[copied..<secret.lowerBound])
                result.append(contentsOf: placeholder.utf8)
            }
            copied = secret.upperBound
        }
        result.append(contentsOf: bytes[copied...])
        return result
    }

    private static func redact(_ value: JSON, verdict: SecretName, depth: Int) -> JSON {
        guard depth < JSON.depthMax else { return .string("[nested too deep]") }
        switch value {
        case .null, .bool: return value
        case .integer, .double: return verdict == .secret ? .string(placeholder) : value
        case .string(let text): return .string(hide(text, verdict: verdict))
        case .array(let elements):
            return .array(elements.map { redact($0, verdict: verdict, depth: depth + 1) })
        case .object(let object):
            return .object(redact(object, verdict: verdict, depth: depth))
        }
    }

    private static func redact(_ object: JSONObject, verdict: SecretName, depth: Int) -> JSONObject
    {
        var members: [JSONObject.Member] = []
        var names = Set<String>()
        for member in object.members {
            let name = redact(text: member.name)
            // Two names that were secrets themselves become one; the first stays.
            guard names.insert(name).inserted else { continue }
            // Everything below a secret name is secret: `auth: {user: …, pass: …}`.
            let own = SecretName(of: member.name)
            let value = redact(member.value, verdict: max(own, verdict), depth: depth + 1)
            members.append(.init(name: name, value: value))
        }
        return JSONObject(uniqueMembers: members)
    }

    private static func hide(_ text: String, verdict: SecretName) -> String {
        switch verdict {
        case .harmless: redact(text: text)
        case .secretText: Double(text) == nil && !isSwitch(text) ? placeholder : text
        case .secret: isSwitch(text) ? text : placeholder
        }
    }

    /// Whether a text only says yes, no or nothing, which is never worth hiding.
    private static func isSwitch(_ text: String) -> Bool {
        ["", "true", "false", "none", "null", "yes", "no"].contains(text.lowercased())
    }

    private static func judge(flag: String) -> SecretName {
        // `--no-auth train.py` takes no value, and `--token=X` has brought its own.
        guard !flag.utf8.contains(UInt8(ascii: "=")), !flag.hasPrefix("--no-") else {
            return .harmless
        }
        return SecretName(of: flag)
    }
}
