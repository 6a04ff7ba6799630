import JouleTestSupport
import Testing

@testable import JouleRedundancy

/// Documents of runs, known again by what is between their values.
@Suite("Documents")
struct DocumentTests {
    /// What is needed to read documents.
    private struct Desk {
        var tree = DocumentTree()
        var leaves = DocumentLeaves()
        var paths = ConfigurationPaths(.shipped)
        var names = DocumentOutline.Names()
        var hashes = MetricHashes()

        mutating func outline(_ document: [UInt8]) -> DocumentOutline? {
            DocumentOutline(document, &leaves, &paths, &names, &hashes)
        }

        mutating func learn(_ document: [UInt8]) throws {
            let found = outline(document)
            tree.learn(document, try #require(found), names)
        }
    }

    private static func document(_ generator: inout SplitMix) -> [UInt8] {
        func pick(_ values: [String]) -> String {
            values[Int(generator.next() % UInt64(values.count))]
        }
        let value = { (generator: inout SplitMix) in
            ["1", "-0.5e-3", #""a""#, #""é\"\\""#, "null", "{}", "[]", #""x y z, {[""#][
                Int(generator.next() % 8)
            ]
        }
        let (a, b, c) = (value(&generator), value(&generator), value(&generator))
        let config = pick([
            #"{"a":\#(a),"b":{"c":\#(b),"d":[\#(c),1]}}"#, #"{"a":{"b":\#(a)},"c":\#(b)}"#,
            #"{"a":[\#(a),[\#(b)],{"x":\#(c)}]}"#, "{}", #"{"a":\#(a)}"#,
        ])
        let code = pick([#"{"entry":"t.py","commit":\#(a)}"#, "{}", #"[1,{"a":"]"}]"#])
        let more = pick(["", #","metrics":{"val":{"acc":0.5}}"#, #","sweep":"s""#])
        return Array(
            #"{"run":7,"set":{"run_id":"r","code":\#(code),"config":\#(config),"duration_s":3\#(more)}}"#
                .utf8
        )
    }

    private func expectSame(_ desk: inout Desk, _ text: [UInt8], _ place: Range<Int>) {
        guard desk.tree.find(in: text, place) != nil else { return }
        let document = Array(text[place])
        let outline = desk.outline(document)
        let known = desk.tree.values.map { value in
            "\(value.role) \(value.argument) \(value.place.lowerBound - place.lowerBound) \(value.place.count)"
        }
        let told = outline?.values.map { value in
            "\(value.role) \(value.argument) \(value.place.lowerBound) \(value.place.count)"
        }
        #expect(known == told, "\(String(decoding: document, as: UTF8.self))")
    }

    @Test(
        "A document that is known has the values that its outline tells",
        arguments: UInt64(0)..<4
    )
    func known(seed: UInt64) throws {
        var generator = SplitMix(seed: seed)
        var desk = Desk()
        for _ in 0..<400 {
            let document = Self.document(&generator)
            try desk.learn(document)
            let text = Array("before\n".utf8) + document + [0x0A]
            let place = 7..<text.count - 1
            #expect(desk.tree.find(in: text, place) != nil)
            expectSame(&desk, text, place)
        }
    }

    @Test("Whatever happens to a document, it is not taken for another", arguments: UInt64(0)..<4)
    func changed(seed: UInt64) throws {
        var generator = SplitMix(seed: seed)
        var desk = Desk()
        for _ in 0..<100 { try desk.learn(Self.document(&generator)) }
        let signs = Array(#"{}[]",:\ 0e-a"#.utf8) + [0, 0x1F, 0xC3]
        for _ in 0..<3000 {
            var document = Self.document(&generator)
            for _ in 0...generator.next() % 3 {
                let place = Int(generator.next() % UInt64(document.count))
                let sign = signs[Int(generator.next() % UInt64(signs.count))]
                switch generator.next() % 3 {
                case 0: document[place] = sign
                case 1: document.insert(sign, at: place)
                default: document.remove(at: place)
                }
            }
            expectSame(&desk, document, 0..<document.count)
            expectSame(&desk, document, 0..<document.count - 1)
        }
    }

    @Test("More kinds of documents than are remembered are read all the same")
    func many() throws {
        var desk = Desk()
        for number in 0..<3000 {
            let members = (0..<40).map { #""k\#(number)_\#($0)":\#($0)"# }.joined(separator: ",")
            let text = #"{"run":1,"set":{"run_id":"r","config":{\#(members)},"duration_s":1}}"#
            let document = Array(text.utf8)
            try desk.learn(document)
            #expect(desk.tree.find(in: document, 0..<document.count) != nil)
            #expect(desk.tree.values.count == 43)
        }
    }
}

/// How much metrics say.
@Suite("Information")
struct InformationTests {
    @Test("The digits of a number are those of its shortest spelling", arguments: UInt64(0)..<4)
    func digits(seed: UInt64) {
        var generator = SplitMix(seed: seed)
        for _ in 0..<5000 {
            let digits = generator.next() % 17
            let whole = generator.next() % UInt64((0..<digits).reduce(1) { power, _ in power * 10 })
            let exponent = Int(generator.next() % 40) - 30
            let values = [
                Double("\(whole + 1)e\(exponent)"),
                Double(bitPattern: generator.next() & ~(1 << 63)),
                (Double(whole) / 7).nextUp,
            ]
            for value in values.compactMap({ $0 }) where value.isFinite && value > 0 {
                let expected = min(16, DecimalNumber(value)?.count ?? 0)
                #expect(DecimalNumber.digitCount(value) == expected, "\(value)")
            }
        }
    }

    @Test("The order in which numbers are counted changes nothing", arguments: UInt64(0)..<4)
    func order(seed: UInt64) {
        var generator = SplitMix(seed: seed)
        let values = (0..<500).map { _ in Double(generator.next() % 5000) / 1000 }
        var (one, other) = (CurveInformation(), CurveInformation())
        for value in values { one.count(value) }
        other.count(3.25)
        other.reset()
        for value in values.shuffled(using: &generator) { other.count(value) }
        #expect(one.bits == other.bits)
        #expect(one.bits > 0)
    }
}
