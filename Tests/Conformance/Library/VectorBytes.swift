/// Bytes that vectors are put together from.
extension Vector {
    static func joined(_ parts: [UInt8]...) -> [UInt8] { parts.flatMap { $0 } }

    static func zeros(_ count: Int) -> [UInt8] { [UInt8](repeating: 0, count: count) }

    static let documents = [
        "", "nonsense", "[]", "7", "null", "{}", #"{"run":"0"}"#, #"{"run":0.5}"#, #"{"run":1.0}"#,
        #"{"run":null}"#, #"{"run":0,"set":[]}"#, #"{"run":0,"epochs":[]}"#,
        #"{"run":0,"epochs":{"0":1}}"#, #"{"run":0,"epochs":{"0":null}}"#,
        #"{"run":0,"epochs":{"-1":{}}}"#, #"{"run":0,"epochs":{"01":{}}}"#,
        #"{"run":9223372036854775808}"#, #"{"run":0,"run":0}"#, #"{"run":0,"set":{"a":1,"a":2}}"#,
        #"{"run":0}}"#,
        #"{"run":0,}"#, #"{"run":01}"#, #"{"run":0,"set":{"a":1e999}}"#,
        #"{"run":0,"set":{"a":"\ud800"}}"#, #"{"run":0,"set":{"a":"\x"}}"#,
        #"{"run":0,"set":{"a":""# + "\u{1}" + #""}}"#,
        #"{"run":0,"set":"# + String(repeating: "[", count: 200)
            + String(repeating: "]", count: 200) + "}",
    ]
}
