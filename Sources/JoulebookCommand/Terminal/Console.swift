import Glibc
import JouleQuantities

/// Where a command writes, and how it may look there.
package final class Console {
    /// What the place of output allows.
    package struct Look: Sendable {
        /// Escape sequences for colour and weight may be written to standard output.
        package var colour: Bool
        /// Columns to fill at most.
        package var width: Int
        /// A line on standard error may be rewritten while work goes on.
        package var progress: Bool
        /// What is printed may be followed by a line that is rewritten, because both go to a terminal.
        package var isLive: Bool

        /// How everything looks that is not a terminal.
        package static let plain = Look(colour: false, width: 80, progress: false)

        package init(colour: Bool, width: Int, progress: Bool, isLive: Bool = false) {
            self.colour = colour
            self.width = width
            self.progress = progress
            self.isLive = isLive
        }
    }

    /// Takes bytes and returns 0 or the system's error number.
    package typealias Sink = ([UInt8]) -> Int32

    package let look: Look
    private let out: Sink
    private let err: Sink
    private var pending: [UInt8] = []
    /// The line that is rewritten in place, while one is shown.
    private var lineShown: String?
    private var work: ProgressLine?
    private var workDone = 0
    /// When a line of progress may be written; nil before the work began.
    private var progressDue: ContinuousClock.Instant?
    private let patience: Duration

    /// So much text is collected before it is written.
    private static let pendingBytesMax = 1 << 16

    /// `patience` is how long work may take before its progress is shown.
    package init(
        look: Look,
        out: @escaping Sink,
        err: @escaping Sink,
        patience: Duration = .seconds(1)
    ) {
        self.patience = patience
        self.look = look
        self.out = out
        self.err = err
    }

    /// The process's own standard output and standard error.
    package static func standard() -> Console {
        Console(
            look: .current(),
            out: { FileDescriptor.standardOutput.write($0) },
            err: { FileDescriptor.standardError.write($0) }
        )
    }

    /// Writes `text` and ends the line.
    package func print(_ text: String = "") throws(CommandFailure) {
        pending.append(contentsOf: text.utf8)
        pending.append(UInt8(ascii: "\n"))
        if pending.count >= Self.pendingBytesMax { try flush() }
    }

    /// Writes a text of many lines that ends with a line end.
    package func print(lines text: String) throws(CommandFailure) {
        pending.append(contentsOf: text.utf8)
        try flush()
    }

    /// Writes a JSON text and ends the line.
    package func print(_ json: [UInt8]) throws(CommandFailure) {
        pending.append(contentsOf: json)
        pending.append(UInt8(ascii: "\n"))
        try flush()
    }

    /// Writes bytes as they are.
    package func write(_ bytes: [UInt8]) throws(CommandFailure) {
        pending.append(contentsOf: bytes)
        if pending.count >= Self.pendingBytesMax { try flush() }
    }

    /// Hands on what was collected.
    package func flush() throws(CommandFailure) {
        guard !pending.isEmpty else { return }
        erase()
        let error = out(pending)
        pending.removeAll(keepingCapacity: true)
        switch error {
        case 0: return
        case EPIPE: throw .closedPipe
        default:
            throw .inputOutput(
                "cannot write to standard output: \(systemMessage(error)); free space or redirect"
                    + " the output elsewhere"
            )
        }
    }

    /// Writes one line to standard error.
    ///
    /// Nothing is left to do when even that fails.
    package func complain(_ line: String) {
        erase()
        _ = err(Array("joulebook: \(line.visible)\n".utf8))
    }

    /// Shows how far long work has come, on a terminal only; a `total` of nil is not known yet.
    ///
    /// `unit` is what is counted, such as `MiB`; nothing where the words of the work say it.
    package func progress(_ name: String, _ done: Int, of total: Int?, unit: String = "") {
        guard look.progress else { return }
        let now = ContinuousClock.now
        // What begins again is other work, though of the same name.
        if work?.name != name || done < workDone {
            work = ProgressLine(name, unit: unit, from: done, at: now)
        }
        workDone = done
        guard let due = progressDue else { return progressDue = now + patience }
        guard now >= due, let work else { return }
        // No more often than a person can read it.
        progressDue = now + .milliseconds(100)
        rewrite(work.text(done: done, of: total, at: now, width: lineWidth))
    }

    /// Keeps a line below everything that is printed, on a terminal only; nil takes it away.
    package func pin(_ text: String?) {
        guard look.isLive else { return }
        if let text { rewrite(text) } else { erase() }
    }

    /// Columns of a line that is rewritten in place: one less than there are, or it would wrap.
    var lineWidth: Int { (Console.Look.terminalWidth(STDERR_FILENO) ?? look.width) - 1 }

    private func rewrite(_ text: String) {
        let text = text.visible.shortened(to: lineWidth)
        guard text != lineShown else { return }
        erase()
        lineShown = text
        _ = err(Array(text.utf8))
    }

    private func erase() {
        guard let shown = lineShown else { return }
        lineShown = nil
        // A terminal that became narrower has broken the line.
        let above = max(0, shown.columns - 1) / max(1, lineWidth + 1)
        let up = above > 0 ? "\u{1B}[\(above)A" : ""
        _ = err(Array("\r\(up)\u{1B}[J".utf8))
    }
}

extension Console.Look {
    /// What the process's terminal and environment ask for.
    ///
    /// `NO_COLOR` (no-color.org) and a dumb terminal switch colour off; `COLUMNS` says how wide a line is.
    static func current() -> Console.Look {
        let outIsTerminal = isatty(STDOUT_FILENO) == 1
        let isDumb = environment("TERM").map { $0 == "dumb" } ?? true
        let noColour = environment("NO_COLOR").map { !$0.isEmpty } ?? false
        let progress = isatty(STDERR_FILENO) == 1 && !isDumb
        return Console.Look(
            colour: outIsTerminal && !isDumb && !noColour,
            width: wantedWidth() ?? terminalWidth(STDOUT_FILENO).map { min($0, 200) } ?? 80,
            progress: progress,
            isLive: progress && outIsTerminal
        )
    }

    private static func wantedWidth() -> Int? {
        environment("COLUMNS").flatMap { Int($0) }.map { min(max($0, widthMin), 1000) }
    }

    private static let widthMin = 20

    /// Columns of the terminal that a descriptor leads to; nil where it leads to none.
    static func terminalWidth(_ descriptor: Int32) -> Int? {
        guard isatty(descriptor) == 1 else { return nil }
        var size = winsize()
        let answered = unsafe ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0
        guard answered, size.ws_col > 0 else { return 80 }
        return min(max(Int(size.ws_col), widthMin), 1000)
    }
}

/// A variable of the process's environment.
func environment(_ name: String) -> String? {
    // SAFETY: the text is copied before anything else can change the environment.
    unsafe getenv(name).map { unsafe String(cString: $0) }
}

/// The system's words for an error number.
func systemMessage(_ error: Int32) -> String {
    var text = [CChar](repeating: 0, count: 256)
    // SAFETY: strerror_r writes a terminated text of at most `count` bytes.
    let status = unsafe text.withUnsafeMutableBufferPointer {
        unsafe $0.baseAddress.map { unsafe strerror_r(error, $0, 256) } ?? EINVAL
    }
    guard status == 0 else { return "error \(error)" }
    return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
}

private enum FileDescriptor: Int32 {
    case standardOutput = 1
    case standardError = 2

    func write(_ bytes: [UInt8]) -> Int32 {
        var start = 0
        while start < bytes.count {
            // SAFETY: the slice lies within `bytes` for the length of the call.
            let written = unsafe bytes.withUnsafeBytes {
                unsafe Glibc.write(rawValue, $0.baseAddress?.advanced(by: start), $0.count - start)
            }
            if written < 0 {
                if errno == EINTR { continue }
                return errno
            }
            start += written
        }
        return 0
    }
}
