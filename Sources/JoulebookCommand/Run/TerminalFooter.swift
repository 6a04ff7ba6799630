import Glibc

/// The last line of the terminal, kept for a status while another program writes above it.
///
/// The other lines become a region of their own, which scrolls without the last one. Where nothing
/// else goes to the terminal, its cursor is at the line anyway.
final class TerminalFooter {
    private let terminal: Int32
    /// Rows of the terminal when the last one was set apart; nil when it is not.
    private var rows: Int?
    private var shown: String?

    /// Takes the controlling terminal; nil where there is none, or this process is not at its front.
    init?() {
        terminal = unsafe open("/dev/tty", O_WRONLY | O_NOCTTY | O_CLOEXEC)
        guard terminal >= 0 else { return nil }
        let isDumb = environment("TERM").map { $0 == "dumb" } ?? true
        guard tcgetpgrp(terminal) == getpgrp(), !isDumb else { return nil }
    }

    deinit {
        remove()
        if terminal >= 0 { close(terminal) }
    }

    /// Shows a line; `text` is asked for what fits into so many columns.
    func show(_ text: (_ width: Int) -> String) {
        guard tcgetpgrp(terminal) == getpgrp(), let size = size() else { return }
        if rows != size.rows { reserve(size.rows) }
        let line = text(size.columns - 1).shortened(to: size.columns - 1)
        guard line != shown else { return }
        shown = line
        // The cursor is put back where the other program has left it.
        write("\u{1B}7\u{1B}[\(size.rows);1H\u{1B}[2K\(line)\u{1B}8")
    }

    /// Gives the last line back, and leaves `text` where the other program has ended.
    func remove(leaving text: String? = nil) {
        if let rows { write("\u{1B}7\u{1B}[r\u{1B}[\(rows);1H\u{1B}[2K\u{1B}8") }
        rows = nil
        shown = nil
        if let text { write("\(text)\r\n") }
    }

    private func reserve(_ new: Int) {
        if let rows, rows < new { write("\u{1B}7\u{1B}[\(rows);1H\u{1B}[2K\u{1B}8") }
        // Down, which makes room where the cursor is in the last row, and leaves its column.
        write("\u{1B}D\u{1B}7\u{1B}[1;\(new - 1)r\u{1B}8\u{1B}[1A")
        rows = new
        shown = nil
    }

    /// Nil where there is no room for both.
    private func size() -> (rows: Int, columns: Int)? {
        var size = winsize()
        guard unsafe ioctl(terminal, UInt(TIOCGWINSZ), &size) == 0, size.ws_row > 2,
            size.ws_col > 10
        else { return nil }
        return (Int(size.ws_row), Int(size.ws_col))
    }

    private func write(_ text: String) {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            // SAFETY: the bytes live as long as the call.
            let written = unsafe bytes.withUnsafeBytes {
                unsafe Glibc.write(terminal, $0.baseAddress, $0.count)
            }
            if written < 0, errno == EINTR { continue }
            guard written > 0 else { return }
            bytes = bytes.dropFirst(written)
        }
    }
}
