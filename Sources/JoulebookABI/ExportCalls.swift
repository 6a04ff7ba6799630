// The functions bear the names of joulebook.h.
// swift-format-ignore-file: AlwaysUseLowerCamelCase

public import CJoulebook
import JouleExchange
import JouleFile
import JouleQuantities

/// See `joulebook.h`.
@c @implementation
public func joulebook_export(
    _ path: UnsafePointer<CChar>?,
    _ options: UnsafePointer<CChar>?,
    _ stream: UnsafeMutablePointer<ArrowArrayStream>?,
    _ error: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
) -> joulebook_status {
    unsafe hand(nil, to: error)
    guard let stream = unsafe stream else { return JOULEBOOK_INVALID }
    // SAFETY: the header asks for a place for one stream.
    unsafe stream.initialize(to: ArrowArrayStream())
    let given = unsafe options == nil ? "{}" : text(options)
    do {
        guard let path = unsafe text(path), !path.isEmpty else {
            throw OptionError("path must be UTF-8 text")
        }
        guard let given else { throw OptionError("options must be UTF-8 text") }
        let request = try ExportRequest(json: JSON(parsing: given))
        let export = try TableExport(of: path, request)
        unsafe stream.initialize(to: ArrowArrayStream(TableStream(export)))
        return JOULEBOOK_OK
    } catch let failure {
        unsafe hand("\(failure)", to: error)
        if case .ledger? = failure as? ExportError { return JOULEBOOK_UNREADABLE }
        return JOULEBOOK_INVALID
    }
}

/// See `joulebook.h`.
@c @implementation
public func joulebook_plan(
    _ paths: UnsafePointer<CChar>?,
    _ options: UnsafePointer<CChar>?,
    _ json: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?,
    _ error: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
) -> joulebook_status {
    unsafe hand(nil, to: json)
    unsafe hand(nil, to: error)
    let given = unsafe (text(paths), options == nil ? "{}" : text(options))
    do {
        guard let list = given.0.flatMap({ try? JSON(parsing: $0) }) else {
            throw OptionError("paths must be a JSON list")
        }
        let paths = try OptionValue(name: "paths", json: list).texts()
        guard let options = given.1.flatMap({ try? JSON(parsing: $0) })?.object else {
            throw OptionError("options must be a JSON object")
        }
        let plan = try TablePlan(of: paths, options)
        unsafe hand(plan.json.text(), to: json)
        return JOULEBOOK_OK
    } catch let failure {
        unsafe hand("\(failure)", to: error)
        return failure is LedgerError ? JOULEBOOK_UNREADABLE : JOULEBOOK_INVALID
    }
}

extension TablePlan {
    fileprivate init(of paths: [String], _ options: JSONObject) throws {
        var table = ExportTable.epochs
        var readers: UInt64 = 1
        var bytes = UInt64.max
        for member in options.members where member.value != .null {
            let value = OptionValue(name: member.name, json: member.value)
            switch value.name {
            case "table": table = try value.word(ExportTable.self)
            case "readers": readers = try UInt64(max(1, value.whole()))
            case "bytes": bytes = try UInt64(max(1, value.whole()))
            default: throw OptionError("\(value.name.debugDescription) is not an option of a plan")
            }
        }
        try self.init(of: paths, table: table, readers: readers, bytesMax: bytes)
    }
}

extension ExportRequest {
    /// Reads the options; each member that means nothing is named with what it may be.
    fileprivate init(json: JSON) throws {
        guard let object = json.object else { throw OptionError("options must be a JSON object") }
        let table = try json["table"].map { json throws(OptionError) in
            try OptionValue(name: "table", json: json).word(ExportTable.self)
        }
        self.init(table ?? .epochs)
        for member in object.members where member.value != .null {
            let value = OptionValue(name: member.name, json: member.value)
            switch value.name {
            case "table": break
            case "columns": columns = try value.texts()
            case "since": since = try value.time()
            case "until": until = try value.time()
            case "where": conditions = try value.texts().map(Condition.init(parsing:))
            case "run": runPrefix = try value.text()
            case "share":
                share = TableShare(json: member.value)
                guard share != nil else { throw OptionError("share must be of joulebook_plan") }
            default: throw OptionError("\(value.name.debugDescription) is not an option of export")
            }
        }
        guard columns != [] else { throw OptionError("columns must name at least one") }
    }
}

extension OptionValue {
    /// Nanoseconds since 1970.
    fileprivate func time() throws(OptionError) -> Int64 {
        if let integer = json.integer { return integer }
        guard let time = try Timestamp.nanoseconds(text()) else {
            throw OptionError("\(name) must be \(Timestamp.spelling)")
        }
        return time
    }
}
