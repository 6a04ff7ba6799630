import JouleQuantities
import Testing

@testable import JoulebookCommand

@Suite("Text for terminals and pipes")
struct TerminalTests {
    @Test("A table fits into its width and cuts only columns that may shrink")
    func tableFits() {
        var table = Table([
            .init(title: "id"), .init(title: "name", mayShrink: true),
            .init(title: "energy", isRight: true),
        ])
        table.append([
            .init("1f3a9c00"), .init(String(repeating: "n", count: 90)), .init("1.00 Wh"),
        ])
        let lines = table.lines(look: .plain)
        #expect(lines.allSatisfy { $0.count <= 80 })
        #expect(lines[1].hasPrefix("1f3a9c00 nnn"))
        #expect(lines[1].hasSuffix("n… 1.00 Wh"))
    }

    @Test("Names stay readable: columns that matter less go first, then middles are cut")
    func narrowTable() {
        func table(_ name: String) -> Table {
            var table = Table([
                .init(title: "id"), .init(title: "stage", mayGo: 1),
                .init(title: "epochs", mayGo: 2),
                .init(title: "metric", mayShrink: true, cutsInside: true),
            ])
            table.append(["1f3a9c00", "training", "12", .init(name)])
            return table
        }
        func line(_ name: String, _ width: Int) -> String {
            table(name).lines(look: .init(colour: false, width: width, progress: false))[1]
        }
        #expect(line("0.9 val.accuracy", 80) == "1f3a9c00  training  12      0.9 val.accuracy")
        #expect(line("0.9 val.accuracy", 41) == "1f3a9c00 training 12     0.9 val.accuracy")
        #expect(line("0.9 val.accuracy", 40) == "1f3a9c00  12      0.9 val.accuracy")
        #expect(line("0.9 val.accuracy", 30) == "1f3a9c00  0.9 val.accuracy")
        let long = "0.9 validation.dataset.accuracy_top1"
        #expect(line(long, 30) == "1f3a9c00 0.9 valida…uracy_top1")
        for width in 20..<100 { #expect(line(long, width).count <= width) }
    }

    @Test("Escape sequences in names from a file never reach the terminal")
    func hostileNames() {
        #expect(
            "a\u{1B}[2Jb\r\n\u{202E}c\u{9B}".visible
                == "a\u{FFFD}[2Jb\u{FFFD}\u{FFFD}\u{FFFD}c\u{FFFD}"
        )
        #expect("λ=0.1 größe 学习".visible == "λ=0.1 größe 学习")
    }

    @Test("Colour is written only where the look allows it")
    func colour() {
        #expect(Console.Look.plain.painted("x", .bad) == "x")
        let look = Console.Look(colour: true, width: 80, progress: false)
        #expect(look.painted("x", .bad) == "\u{1B}[31mx\u{1B}[0m")
    }

    @Test(
        "Progress appears only on a terminal, and only when work takes long",
        arguments: [(true, 0, true), (true, 60, false), (false, 0, false)]
    )
    func progress(isTerminal: Bool, patience: Int, isShown: Bool) {
        var shown = ""
        let console = Console(
            look: Console.Look(colour: false, width: 80, progress: isTerminal),
            out: { _ in 0 },
            err: { bytes in
                shown += String(decoding: bytes, as: UTF8.self)
                return 0
            },
            patience: .seconds(patience)
        )
        for done in 0...1000 { console.progress("reading", done, of: 1000) }
        #expect(shown.contains("reading") == isShown)
    }

    @Test("A sparkline keeps gaps, and a flat line is flat")
    func sparkline() {
        #expect(Sparkline.text([0, 7, nil, 3.5], width: 10) == "▁█ ▅")
        #expect(Sparkline.text([2, 2, 2], width: 10) == "▅▅▅")
        #expect(Sparkline.text([nil, nil], width: 10) == "")
        #expect(Sparkline.text(Array(repeating: 1, count: 500), width: 40).count == 40)
        #expect(Sparkline.text([.nan, 1, .infinity, 2], width: 10) == " ▁ █")
    }
}
