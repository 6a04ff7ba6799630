import JouleQuantities
import Joulebook

/// What `joulebook_run_start` was asked for.
struct StartOptions {
    var project: String?
    var config: JSON = [:]
    var stage: Stage?
    var options = RunOptions()

    /// Reads the options; each member that means nothing is named with what it may be.
    init(json: JSON) throws(OptionError) {
        guard let object = json.object else { throw OptionError("options must be a JSON object") }
        for member in object.members where member.value != .null {
            try take(OptionValue(name: member.name, json: member.value))
        }
    }

    private mutating func take(_ value: OptionValue) throws(OptionError) {
        switch value.name {
        case "project": project = try value.text()
        case "config": config = .object(try value.object())
        case "stage": stage = try value.word(Stage.self)
        case "seed": options.seed = value.json
        case "data": try takeData(value.object())
        case "dir": options.directory = try value.text()
        case "run_id": options.runID = try value.runID()
        case "sweep": options.sweep = try value.text()
        case "tags": options.tags = try value.texts()
        case "entry": options.entry = try value.text()
        case "argv": options.arguments = try value.texts()
        case "code": options.codeIdentity = try value.text()
        case "closure": options.closureAtStart = try value.text()
        case "env": options.environment = try value.object()
        case "region": options.region = try value.text()
        case "pue": options.pue = try value.number()
        case "interval_s": options.intervalSeconds = try value.number()
        case "quiet": options.isQuiet = try value.bool()
        case "durability": options.durability = try value.word(Durability.self)
        case "on_duplicate": options.onDuplicate = try value.word(DuplicatePolicy.self)
        case "proof": options.duplicateProof = try value.word(DuplicateProof.self)
        case "packages": options.packageFolders = try value.texts()
        case "capture": try takeCaptures(value.object())
        default: throw OptionError("\(value.name.debugDescription) is not an option of a run")
        }
    }

    private mutating func takeData(_ data: JSONObject) throws(OptionError) {
        for member in data.members where member.value != .null {
            let value = OptionValue(name: "data.\(member.name)", json: member.value)
            switch member.name {
            case "name": options.dataName = try value.text()
            case "fingerprint": options.dataFingerprint = try value.text()
            case "sampled": options.dataSampled = try value.object()
            default:
                throw OptionError("data has name, fingerprint and sampled, no \(member.name)")
            }
        }
    }

    private mutating func takeCaptures(_ captures: JSONObject) throws(OptionError) {
        for member in captures.members {
            let value = OptionValue(name: "capture.\(member.name)", json: member.value)
            guard let known = Captures.named.first(where: { $0.name == member.name }) else {
                let names = Captures.named.map(\.name).joined(separator: ", ")
                throw OptionError("capture knows \(names), no \(member.name)")
            }
            if try value.bool() {
                options.captures.insert(known.capture)
            } else {
                options.captures.remove(known.capture)
            }
        }
    }
}

/// An option that means nothing; one line for a person.
struct OptionError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}

/// One member of the options, to be read as what it has to be.
struct OptionValue {
    let name: String
    let json: JSON

    func text() throws(OptionError) -> String {
        guard let text = json.string else { throw wrong("a text") }
        return text
    }

    func texts() throws(OptionError) -> [String] {
        guard let list = json.array else { throw wrong("a list of texts") }
        let texts = list.compactMap(\.string)
        guard texts.count == list.count else { throw wrong("a list of texts") }
        return texts
    }

    func object() throws(OptionError) -> JSONObject {
        guard let object = json.object else { throw wrong("an object") }
        return object
    }

    func bool() throws(OptionError) -> Bool {
        guard let bool = json.bool else { throw wrong("true or false") }
        return bool
    }

    func number() throws(OptionError) -> Double {
        guard let number = json.double, number.isFinite else { throw wrong("a number") }
        return number
    }

    func whole() throws(OptionError) -> Int {
        guard let number = json.integer else { throw wrong("a whole number") }
        return Int(number)
    }

    func list() throws(OptionError) -> [JSON] {
        guard let list = json.array else { throw wrong("a list") }
        return list
    }

    func runID() throws(OptionError) -> RunID {
        guard let id = json.string.flatMap({ RunID($0) }) else {
            throw wrong("a text of 1 to 256 bytes without control characters")
        }
        return id
    }

    func word<Word: RawRepresentable & CaseIterable>(_: Word.Type) throws(OptionError) -> Word
    where Word.RawValue == String {
        guard let word = json.string.flatMap(Word.init(rawValue:)) else {
            throw wrong("one of " + Word.allCases.map(\.rawValue).joined(separator: ", "))
        }
        return word
    }

    private func wrong(_ expected: String) -> OptionError {
        let given = String(json.text().prefix(60))
        return OptionError("\(name) must be \(expected), not \(given)")
    }
}
