// The functions bear the names of joulebook.h.
// swift-format-ignore-file: AlwaysUseLowerCamelCase

public import CJoulebook
import Glibc
import JouleFile
import JouleQuantities
import JouleRedundancy

/// See `joulebook.h`.
@c @implementation
public func joulebook_shares(
    _ path: UnsafePointer<CChar>?,
    _ options: UnsafePointer<CChar>?,
    _ json: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?,
    _ error: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
) -> joulebook_status {
    unsafe hand(nil, to: json)
    unsafe hand(nil, to: error)
    let given = unsafe (text(path), options == nil ? "{}" : text(options))
    do {
        guard let path = given.0, !path.isEmpty else {
            throw OptionError("path must be UTF-8 text")
        }
        guard let options = given.1.flatMap({ try? JSON(parsing: $0) })?.object else {
            throw OptionError("options must be a JSON object")
        }
        unsafe hand(try LedgerShares(of: path, options).json.text(), to: json)
        return JOULEBOOK_OK
    } catch let failure {
        unsafe hand("\(failure)", to: error)
        return failure is LedgerError ? JOULEBOOK_UNREADABLE : JOULEBOOK_INVALID
    }
}

extension LedgerShares {
    fileprivate init(of path: String, _ options: JSONObject) throws {
        var readers: UInt64 = 1
        var bytes = UInt64.max
        for member in options.members where member.value != .null {
            let value = OptionValue(name: member.name, json: member.value)
            switch value.name {
            case "readers": readers = try UInt64(max(1, value.whole()))
            case "bytes": bytes = try UInt64(max(1, value.whole()))
            default: throw OptionError("\(value.name.debugDescription) is not an option of shares")
            }
        }
        try self.init(of: path, readers: readers, bytesMax: bytes)
    }
}

/// See `joulebook.h`.
@c @implementation
public func joulebook_facts(
    _ share: UnsafePointer<CChar>?,
    _ options: UnsafePointer<CChar>?,
    _ bytes: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?,
    _ size: UnsafeMutablePointer<Int>?,
    _ runs: UnsafeMutablePointer<Int>?,
    _ error: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
) -> joulebook_status {
    unsafe hand(nil, to: bytes)
    unsafe hand(nil, to: error)
    guard let bytes = unsafe bytes, let size = unsafe size, let runs = unsafe runs else {
        return JOULEBOOK_INVALID
    }
    do {
        let extract = try facts(of: unsafe text(share), unsafe text(options))
        let facts = extract.bytes
        guard let room = unsafe malloc(max(1, facts.count)) else { return JOULEBOOK_INVALID }
        // SAFETY: the room holds as many bytes, and the header asks for places for all answers.
        unsafe facts.withUnsafeBytes { facts in
            if let start = facts.baseAddress { unsafe memcpy(room, start, facts.count) }
        }
        unsafe bytes.pointee = room.assumingMemoryBound(to: CChar.self)
        unsafe size.pointee = facts.count
        unsafe runs.pointee = extract.runs
        return JOULEBOOK_OK
    } catch let failure {
        unsafe hand("\(failure)", to: error)
        return JOULEBOOK_INVALID
    }
}

private func facts(of share: String?, _ options: String?) throws -> FactsExtract {
    let portions = share.flatMap { try? JSON(parsing: $0) }?.array
    let share = portions?.compactMap(LedgerPortion.init(json:))
    guard let share, share.count == portions?.count else {
        throw OptionError("share must be of joulebook_shares")
    }
    guard let options = options.flatMap({ try? JSON(parsing: $0) })?.object else {
        throw OptionError("options must be a JSON object")
    }
    var purpose: FactsExtract.Purpose?
    var rules = KeyRules.none
    for member in options.members where member.value != .null {
        let value = OptionValue(name: member.name, json: member.value)
        switch value.name {
        case "of": purpose = try value.word(FactsExtract.Purpose.self)
        case "rules": rules = try KeyRules(parsing: Array(value.text().utf8))
        default: throw OptionError("\(value.name.debugDescription) is not an option of facts")
        }
    }
    switch purpose {
    case .lifecycle: return RunFactsFeed.facts(of: share)
    case .audit: return AuditFeed.facts(of: share, rules)
    case nil: throw OptionError("of must be \"audit\" or \"lifecycle\"")
    }
}
