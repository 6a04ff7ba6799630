import CJoulePage

/// A file of the page, which is part of the program.
struct PageFile {
    let name: String
    let bytes: [UInt8]

    static let htmlName = "index.html"
    /// Draws charts; not there where the program was built without it.
    static let vegaName = "vega.js"

    /// Nil for what was not built in.
    init?(_ name: String) {
        var count = 0
        guard let bytes = unsafe joule_page_file(name, &count) else { return nil }
        self.name = name
        // SAFETY: the bytes are constants of the program, `count` of them.
        self.bytes = unsafe Array(UnsafeBufferPointer(start: bytes, count: count))
    }

    var text: String { String(decoding: bytes, as: UTF8.self) }

    var mediaType: String {
        if name.hasSuffix(".html") { return "text/html; charset=utf-8" }
        if name.hasSuffix(".css") { return "text/css; charset=utf-8" }
        return "text/javascript; charset=utf-8"
    }
}
