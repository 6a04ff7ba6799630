import ArgumentParser
import Glibc
import JouleFile
import JouleQuantities

struct TailCommand: Subcommand {
    static let configuration = CommandConfiguration(
        commandName: "tail",
        abstract: "Follows a run: its epochs, a line each, as they are logged.",
        discussion: """
            Prints what is there, then what comes, until the ledger is closed or its writer is gone. \
            An epoch comes with its energy, which meters tell up to a second after its end; energy \
            that was modelled or declared, not measured, is marked ≈, and what is not known is a \
            dash. Of a closed ledger, or of each in a pack, everything is printed at once. A ledger \
            without a ring ('show' says why) tells its rows when their block is written.

            On a terminal a line below them says where the run is: epoch, metric, power now, energy so \
            far, and, where the program said how many epochs there will be, what is left; how much of \
            a budget is used. In a pipe there is no such line.

            Examples:
              joulebook tail joulebook                    the newest run in a directory
              joulebook tail run.joule --steps -n 20      its last rows, then what comes
              joulebook tail run.joule --json | jq 'select(.kind == "epoch") .metrics'
              joulebook tail run.joule > /dev/null && echo done

            Exit status: 0 the ledger was closed; 1 its writer is gone and did not close it, or it \
            is damaged; 64 wrong usage; 65 not a ledger; 74 not readable. Ctrl-C ends it (130).
            """
    )

    @Argument(help: "A ledger, or a directory of ledgers.", completion: .file()) var path: String
    @Flag(help: "Steps as well, in the order in which both were logged.") var steps = false
    @Option(
        name: [.customShort("n"), .customLong("lines")],
        help: ArgumentHelp("Of the rows that are there, only the last.", valueName: "count")
    ) var last: Int?
    @Flag(help: "Print JSON lines (Schemas/tail.schema.json).") var json = false

    func perform(on console: Console) throws(CommandFailure) -> Int32 {
        guard last ?? 0 >= 0 else { throw .usage("-n \(last ?? 0) is no number of rows") }
        var isClosed = true
        for place in try places(on: console) {
            isClosed = try follow(place, on: console) && isClosed
        }
        return isClosed ? 0 : 1
    }

    /// Prints one ledger until nothing more is to come; whether it was closed and is whole.
    private func follow(_ place: LedgerPlace, on console: Console) throws(CommandFailure) -> Bool {
        let isLive = console.look.isLive && !json
        var tail = try Self.reading { () throws(LedgerError) in
            try place.follow(steps: steps, readings: isLive)
        }
        var status = TailStatus()
        let signals = isLive ? TerminalSignals() : nil
        let page: any TailPage =
            json ? TailDocuments(path: place.path) : TailText(look: console.look)
        var printer = TailPrinter(page, of: place, steps: steps, last: last)
        var waitMS: Int32 = 0
        while true {
            var isNews = false
            while let rows = try Self.reading({ () throws(LedgerError) in try tail.next() }) {
                isNews = isNews || !rows.isEmpty
                if isLive { status.take(rows, of: tail) }
                try printer.take(rows, of: tail, on: console)
            }
            try printer.endRound(of: tail, on: console)
            guard !tail.isOver else { return try printer.end(of: tail, on: console) }
            waitMS = isNews ? Self.waitMinMS : min(max(2 * waitMS, Self.waitMinMS), Self.waitMaxMS)
            guard let signals else {
                try Self.wait(waitMS)
                continue
            }
            console.pin(status.line(of: tail)?.text(width: console.lineWidth))
            if let signal = signals.wait(waitMS) {
                console.pin(nil)
                signals.deliver(signal)
            }
        }
    }

    /// How long to wait for more rows: longer and longer while none come.
    private static let waitMinMS: Int32 = 50
    private static let waitMaxMS: Int32 = 1000

    /// Waits; ends when whoever reads the output has gone away.
    private static func wait(_ milliseconds: Int32) throws(CommandFailure) {
        var output = pollfd(fd: STDOUT_FILENO, events: 0, revents: 0)
        guard unsafe poll(&output, 1, milliseconds) <= 0 else { throw .closedPipe }
    }

    private static func reading<Answer: ~Copyable>(
        _ body: () throws(LedgerError) -> Answer
    ) throws(CommandFailure) -> Answer {
        do throws(LedgerError) { return try body() } catch { throw CommandFailure(error) }
    }

    /// The ledger that is named, those of a pack, or that of the newest run of a directory.
    private func places(on console: Console) throws(CommandFailure) -> [LedgerPlace] {
        try Input.require(path, as: .fileOrDirectory)
        var file = path
        var wanted: String?
        if Input.isDirectory(path) {
            let store = try RunStore.open(path, .summaries, wanted: true, on: console)
            let place = store.runs.last.flatMap(store.place)
            file = place?.path ?? path
            wanted = place?.member.map { "\(file)#\($0)" }
        }
        do throws(LedgerError) {
            let (places, problems) = try LedgerPlace.all(below: file)
            for line in problems.linesByFile { console.complain(line) }
            return places.filter { wanted == nil || $0.path == wanted }
        } catch {
            throw CommandFailure(error)
        }
    }
}
