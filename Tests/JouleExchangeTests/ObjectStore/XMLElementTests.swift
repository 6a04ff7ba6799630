import JouleTestSupport
import Testing

@testable import JouleExchange

@Suite("XML of object stores")
struct XMLElementTests {
    private static let list = """
        <?xml version="1.0" encoding="UTF-8"?>
        <!-- a page -->
        <ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
          <IsTruncated>false</IsTruncated>
          <s3:Contents a='>' b="/"><Key>a&amp;b&#x2F;c&#47;</Key><Size>1</Size></s3:Contents>
          <Contents><Key><![CDATA[<d>&]]></Key><Empty/></Contents>
        </ListBucketResult>

        """

    private static func parsed(_ text: String) throws -> XMLElement {
        try XMLElement(parsing: Array(text.utf8))
    }

    @Test(
        "Text that is escaped comes back as it was",
        arguments: ["\"a\"", "&<>&&amp;", "]]>", ""]
    )
    func escaped(text: String) throws {
        #expect(try Self.parsed("<a>\(XMLElement.escaped(text))</a>").text == text)
    }

    @Test("Names without prefixes, texts with their references replaced")
    func page() throws {
        let page = try Self.parsed(Self.list)
        #expect(page.name == "ListBucketResult")
        #expect(page["IsTruncated"] == "false")
        #expect(page.all("Contents").map { $0["Key"] } == ["a&b/c/", "<d>&"])
        #expect(page.all("Contents").last?["Empty"] == "")
    }

    @Test("A document that is cut off anywhere is none")
    func cutOff() throws {
        let bytes = Array(Self.list.utf8)
        let end = try #require(bytes.lastIndex(of: UInt8(ascii: ">")))
        for count in 0...end {
            #expect(throws: XMLElement.Malformed.self) {
                try XMLElement(parsing: Array(bytes[..<count]))
            }
        }
    }

    @Test("Bytes that are changed at random make another document or none, never a trap")
    func spoilt() {
        var random = SplitMix(seed: 7)
        for _ in 0..<20_000 {
            var bytes = Array(Self.list.utf8)
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let place = Int.random(in: bytes.indices, using: &random)
                bytes[place] = UInt8.random(in: .min ... .max, using: &random)
            }
            _ = try? XMLElement(parsing: bytes)
        }
    }

    @Test(
        "What no answer has is refused",
        arguments: [
            "", "text", "<a></b>", "<a>&b;</a>", "<a>&#xD800;</a>", "<a>&#1114112;</a>",
            "<a></a><b></b>",
            "<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>", "<a b></a>", "<a b=c></a>", "<></>",
            "</a>",
            String(repeating: "<a>", count: 17) + String(repeating: "</a>", count: 17),
            "<a>" + String(repeating: "<b/>", count: 100_001) + "</a>",
        ]
    )
    func refused(text: String) {
        #expect(throws: XMLElement.Malformed.self) { try Self.parsed(text) }
    }

    @Test("Bytes that are no UTF-8 are refused")
    func notUTF8() {
        #expect(throws: XMLElement.Malformed.self) {
            try XMLElement(parsing: Array("<a>".utf8) + [0xFF] + Array("</a>".utf8))
        }
    }
}
