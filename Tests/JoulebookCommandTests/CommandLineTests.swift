import Testing

@testable import JoulebookCommand

/// Runs a command line and keeps what it wrote.
func joulebook(_ arguments: String...) -> (status: Int32, out: String, err: String) {
    var out: [UInt8] = []
    var err: [UInt8] = []
    let console = Console(
        look: .plain,
        out: { bytes in
            out += bytes
            return 0
        },
        err: { bytes in
            err += bytes
            return 0
        }
    )
    let status = JoulebookMain.run(arguments, on: console)
    return (status, String(decoding: out, as: UTF8.self), String(decoding: err, as: UTF8.self))
}

@Suite("The command line")
struct CommandLineTests {
    @Test(
        "Every verb explains itself with an example, in 80 columns",
        arguments: JoulebookCommand.verbs
    )
    func help(verb: String) {
        let (status, out, err) = joulebook(verb, "--help")
        #expect(status == 0)
        #expect(err == "")
        #expect(out.contains("Example"))
        #expect(out.contains("joulebook \(verb) "))
        #expect(out.contains("Exit status") && out.contains("64"))
        for line in out.split(separator: "\n") { #expect(line.count <= 80) }
    }

    @Test(
        "Wrong usage is one line and status 64",
        arguments: [
            ["nonsense"], ["show"], ["ls", "--bogus"], ["verify"], ["ls", ".", "--where", "x"],
            ["help", "nonsense"], ["verify", ""], ["show", ".", "--run", ""],
            ["lifecycle", ".", "--model", ""], ["audit", ".", "--json", "--jsonl"],
            ["lifecycle", ".", "--json", "--format", "markdown"],
            ["lifecycle", ".", "--since", "yesterday"], ["run", "--project", "", "--", "true"],
            ["factors", "atlantis"], ["factors", "--year", "2024"],
            ["factors", "FR", "--explain", "FR"],
        ]
    )
    func usage(arguments: [String]) {
        var err = ""
        let console = Console(look: .plain, out: { _ in 0 }) { bytes in
            err += String(decoding: bytes, as: UTF8.self)
            return 0
        }
        #expect(JoulebookMain.run(arguments, on: console) == 64)
        #expect(err.hasPrefix("joulebook: "))
        #expect(err.count(where: \.isNewline) == 1)
    }

    @Test("What is no date is refused with how dates are written", arguments: ["since", "until"])
    func date(option: String) {
        let (_, _, err) = joulebook("lifecycle", ".", "--\(option)", "yesterday")
        #expect(err.contains("--\(option)") && err.contains("2026-03-02"))
        #expect(joulebook("lifecycle", ".", "--\(option)", "2026-03-02").status == 0)
    }

    @Test("Each command has its help under both spellings", arguments: JoulebookCommand.verbs)
    func helpTwice(verb: String) {
        #expect(joulebook("help", verb).out == joulebook(verb, "--help").out)
    }

    @Test("A reader that goes away is no error to report")
    func closedPipe() {
        var err = 0
        let console = Console(look: .plain, out: { _ in 32 }) { _ in
            err += 1
            return 0
        }
        #expect(JoulebookMain.run(["--help"], on: console) == 141)
        #expect(err == 0)
    }

    @Test("A full disk under standard output is an input/output error")
    func fullOutput() {
        let console = Console(look: .plain, out: { _ in 28 }, err: { _ in 0 })
        #expect(JoulebookMain.run(["--help"], on: console) == 74)
    }

    @Test("The version is printed")
    func version() {
        #expect(joulebook("--version").out == joulebookVersion + "\n")
    }
}
