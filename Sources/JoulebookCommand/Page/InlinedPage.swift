import FoundationEssentials
import JouleFile

/// The page with its files in it, under a policy that lets nothing else run.
struct InlinedPage {
    enum Piece {
        case text([UInt8])
        /// Here the page's data belong.
        case data
    }

    /// In their order.
    private(set) var pieces: [Piece] = []
    private var scripts: [String] = []
    private var styles: [String] = []

    private static let style = "<link rel=\"stylesheet\" href=\""
    private static let script = "<script src=\""
    private static let data = "<script type=\"application/json\" id=\"data\">"
    private static let viewport = "<meta name=\"viewport\""

    /// Goes through the page's lines, each of which has one element that matters here.
    init() {
        let page = PageFile(PageFile.htmlName)?.text ?? ""
        var policyPlace = 0
        for line in page.split(separator: "\n") {
            if line.hasPrefix(Self.viewport) { policyPlace = pieces.count }
            if line.hasPrefix(Self.style) {
                let text = Self.file(named: line, behind: Self.style, end: "</style")
                styles.append(Self.hash(of: text))
                add([Array("<style>".utf8), text, Array("</style>\n".utf8)])
            } else if line.hasPrefix(Self.script) {
                let text = Self.file(named: line, behind: Self.script, end: "</script")
                scripts.append(Self.hash(of: text))
                add([Array("<script>".utf8), text, Array("</script>\n".utf8)])
            } else if line.hasPrefix(Self.data) {
                addVega()
                add([Array(Self.data.utf8)])
                pieces.append(.data)
                add([Array("</script>\n".utf8)])
            } else {
                add([Array(line.utf8), [0x0A]])
            }
        }
        pieces.insert(.text(Array(policy.utf8)), at: policyPlace)
    }

    private mutating func add(_ parts: [[UInt8]]) { pieces.append(.text(Array(parts.joined()))) }

    /// As a text that the page makes a script of when a chart is first shown.
    private mutating func addVega() {
        guard let vega = PageFile(PageFile.vegaName) else { return }
        let text = vega.bytes.withoutEnd("</script")
        scripts.append(Self.hash(of: text))
        add([
            Array("<script type=\"text/plain\" id=\"vega\">".utf8), text, Array("</script>\n".utf8),
        ])
    }

    private static func file(named line: Substring, behind start: String, end: String) -> [UInt8] {
        let name = line.dropFirst(start.count).prefix { $0 != "\"" }
        return PageFile(String(name))?.bytes.withoutEnd(end) ?? []
    }

    private static func hash(of text: [UInt8]) -> String {
        "'sha256-\(Data(ContentHash.sha256(text)).base64EncodedString())'"
    }

    private var policy: String {
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
            + "script-src \(scripts.joined(separator: " ")); "
            + "style-src \(styles.joined(separator: " ")); img-src data:; base-uri 'none'; "
            + "form-action 'none'\">\n"
    }
}

extension [UInt8] {
    /// A script or a style in which nothing ends its element, or begins a comment of HTML: a backslash
    /// behind such a `<` changes nothing else.
    fileprivate func withoutEnd(_ end: String) -> [UInt8] {
        let marks = [Array(end.utf8), Array("<!--".utf8)]
        var safe: [UInt8] = []
        safe.reserveCapacity(count)
        for (place, byte) in enumerated() {
            safe.append(byte)
            guard byte == UInt8(ascii: "<") else { continue }
            let isMark = marks.contains { mark in
                self[place...].prefix(mark.count).map { $0 | 0x20 } == mark.map { $0 | 0x20 }
            }
            if isMark { safe.append(UInt8(ascii: "\\")) }
        }
        return safe
    }

    /// JSON that holds no markup: each `<` is written as an escape.
    var withoutMarkup: [UInt8] {
        guard contains(UInt8(ascii: "<")) else { return self }
        var safe: [UInt8] = []
        safe.reserveCapacity(count + count / 16)
        for byte in self {
            if byte == UInt8(ascii: "<") { safe += "\\u003c".utf8 } else { safe.append(byte) }
        }
        return safe
    }
}

extension String {
    /// As JavaScript's `encodeURIComponent` has it.
    var asURIComponent: String {
        var text = ""
        for byte in utf8 {
            let scalar = Unicode.Scalar(byte)
            let isPlain =
                scalar.isASCII
                && (scalar.properties.isAlphabetic
                    || "0123456789-_.!~*'()".unicodeScalars.contains(scalar))
            if isPlain {
                text.unicodeScalars.append(scalar)
            } else {
                let digits = String(byte, radix: 16, uppercase: true)
                text += "%" + (byte < 0x10 ? "0" : "") + digits
            }
        }
        return text
    }
}
