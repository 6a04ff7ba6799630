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

    @Test("A table is never wider than its width, whatever stands in it", arguments: 1...90)
    func anyWidth(width: Int) {
        var table = Table([
            .init(title: "run"), .init(title: "名前", mayShrink: true, cutsInside: true),
            .init(title: "energy", isRight: true, hasUnits: true), .init(title: "note", mayGo: 1),
        ])
        for name in Self.names { table.append([.init("1f3a9c00"), .init(name), "12.5 kWh"]) }
        let lines = table.lines(look: .init(colour: false, width: width, progress: false))
        #expect(lines.count == Self.names.count + 1)
        #expect(lines.allSatisfy { $0.columns <= max(width, 5) })
        for name in Self.names { #expect(name.shortened(to: width).columns <= width) }
        for line in Self.names.flatMap({ $0.wrapped(to: max(6, width)) }) {
            #expect(line.columns <= max(6, width))
        }
    }

    private static let names = [
        "plain", "学习率调度器的实验", "e\u{301}tude", "🧪🧪🧪", "한국어 실험", "a\u{1B}[2Jb\tc",
        "zero\u{200B}width", String(repeating: "长", count: 60), "👩‍🔬 lab", "",
    ]

    @Test("Columns stand below each other behind wide and combining characters")
    func wideNames() {
        var table = Table([.init(title: "name"), .init(title: "x")])
        for name in Self.names { table.append([.init(name), "|"]) }
        let places = table.lines(look: .init(colour: false, width: 200, progress: false))
            .dropFirst().compactMap { line in
                line.lastIndex(of: "|").map { String(line[..<$0]).columns }
            }
        #expect(places.count == Self.names.count)
        #expect(Set(places).count == 1)
    }

    @Test("Units stand below each other, and so do the last digits of numbers")
    func alignedUnits() {
        var table = Table([
            .init(title: "energy", isRight: true, hasUnits: true), .init(title: "."),
        ])
        for text in ["0.106 J", "≈12.5 kWh", "–", "3.00 Wh"] { table.append([.init(text), "."]) }
        #expect(
            table.lines(look: .plain) == [
                "   energy  .", "0.106 J    .", "≈12.5 kWh  .", "    –      .", " 3.00 Wh   .",
            ]
        )
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

    @Test("A line of progress fits, and tells share, count, rate and what is left")
    func progressLine() {
        let start = ContinuousClock.now
        let line = ProgressLine("packing", unit: "MiB", from: 0, at: start)
        let later = start + .seconds(10)
        #expect(
            line.text(done: 250, of: 1000, at: later, width: 100)
                == "packing  ██████··················  25 %  250/1000 MiB  25 MiB/s  30 s left"
        )
        for width in 20...120 {
            let text = line.text(done: 250, of: 1000, at: later, width: width)
            #expect(text.columns <= width && text.contains("25 %"))
        }
        #expect(line.text(done: 3, of: nil, at: later, width: 80).hasPrefix("packing: 3 MiB"))
        // Before anything can be told, nothing is.
        #expect(!line.text(done: 1, of: 9, at: start, width: 100).contains("left"))
        #expect(line.text(done: 0, of: 0, at: later, width: 100) == "packing: 0 MiB")
    }

    @Test("A bar of something is never empty, and one of less than all never full")
    func bar() {
        #expect(Bar.text(0, width: 4) == "    ")
        #expect(Bar.text(1e-9, width: 4) == "▏   ")
        #expect(Bar.text(0.5, width: 4, rest: "·") == "██··")
        #expect(Bar.text(1 - 1e-9, width: 4) == "███▉")
        #expect(Bar.text(1, width: 4) == "████")
        for share in [-1, 2, .nan, .infinity] { #expect(Bar.text(share, width: 4).count == 4) }
    }

    @Test("A line of status fits any width, and what matters most stays longest")
    func statusLine() {
        var line = StatusLine()
        line.epoch = 7
        line.lastEpoch = 20
        line.metric = "精度_accuracy"
        line.course = [0.5, nil, 0.75]
        line.watts = 212
        line.joules = 4.4e6
        line.sign = "≈"
        line.seconds = 60
        line.secondsAtEnd = 7260
        line.joulesAtEnd = 1e7
        line.budget = 0.42
        #expect(
            line.text(width: 200)
                == "epoch 7/20  精度_accuracy 0.7500  ▁ █  ≈212 W  ≈1.22 kWh so far"
                + "  ≈2.78 kWh at the end  2 h 0 min left  42 % of budget  after 1 min 0 s"
        )
        #expect(line.text(width: 30) == "epoch 7/20  ≈1.22 kWh so far")
        #expect(line.text(width: 12) == "epoch 7/20")
        for width in 1...200 { #expect(line.text(width: width).columns <= width) }
        // What a file says must not trap.
        line.budget = .infinity
        line.secondsAtEnd = 1e300
        #expect(line.text(width: 200).contains("days left"))
        #expect(StatusLine().text(width: 80) == "")
    }

    @Test("A pinned line goes before anything is printed, and is not there in a pipe")
    func pinned() throws {
        for isLive in [true, false] {
            var shown = ""
            let sink: Console.Sink = { bytes in
                shown += String(decoding: bytes, as: UTF8.self)
                return 0
            }
            let look = Console.Look(colour: false, width: 80, progress: isLive, isLive: isLive)
            let console = Console(look: look, out: sink, err: sink)
            console.pin("at work")
            try console.print("row")
            try console.flush()
            console.pin("at work \u{1B}[2J")
            console.pin(nil)
            console.pin(nil)
            #expect(
                shown
                    == (isLive
                        ? "at work\r\u{1B}[Jrow\nat work \u{FFFD}[2J\r\u{1B}[J" : "row\n")
            )
        }
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
