import ArgumentParser
import Glibc

/// The `joulebook` command as a function.
///
/// The executable and the Python wheel both call it, so that they run the same code.
package enum JoulebookMain {
    /// Runs one command line and returns its exit status.
    ///
    /// `arguments` come without the program's name. Standard output and standard error are written;
    /// the process is never ended from here.
    package static func run(_ arguments: [String]) -> Int32 {
        // A reader that goes away (`joulebook ls | head`) is an error code here, not a signal. The
        // disposition is put back, because the caller may be a Python interpreter.
        let before = signal(SIGPIPE, SIG_IGN)
        defer { _ = signal(SIGPIPE, before) }
        return run(arguments, on: Console.standard())
    }

    /// Runs one command line with its output going to `console`.
    package static func run(_ arguments: [String], on console: Console) -> Int32 {
        do {
            let status = try execute(arguments, on: console)
            try console.flush()
            return status
        } catch {
            return report(error, on: console)
        }
    }

    private static func execute(
        _ arguments: [String],
        on console: Console
    ) throws(CommandFailure) -> Int32 {
        if arguments.first == "help", arguments.count > 1, !arguments[1].hasPrefix("-") {
            guard (JoulebookCommand.verbs + ["help"]).contains(arguments[1]) else {
                throw .usage("there is no command '\(arguments[1])'; 'joulebook help' lists them")
            }
        }
        let parsed: any ParsableCommand
        do {
            var command = try JoulebookCommand.parseAsRoot(arguments)
            guard command is any Subcommand else {
                // Only help and version requests are left; they end by throwing their text.
                try command.run()
                return 0
            }
            parsed = command
        } catch {
            return try answer(error, to: arguments, on: console)
        }
        guard let subcommand = parsed as? any Subcommand else { return 0 }
        return try subcommand.perform(on: console)
    }

    /// Help and version go to standard output; anything else is a usage error in one line.
    private static func answer(
        _ error: any Error,
        to arguments: [String],
        on console: Console
    ) throws(CommandFailure) -> Int32 {
        if JoulebookCommand.exitCode(for: error).isSuccess {
            try console.print(
                JoulebookCommand.fullMessage(for: error, columns: console.look.width)
            )
            return 0
        }
        var message = JoulebookCommand.message(for: error).split(separator: "\n").joined(
            separator: " "
        )
        if message.isEmpty { message = "the command line was not understood" }
        while message.hasSuffix(".") { message.removeLast() }
        message = message.prefix(1).lowercased() + message.dropFirst()
        let command =
            arguments.first.flatMap { JoulebookCommand.verbs.contains($0) ? " \($0)" : nil } ?? ""
        throw .usage("\(message); see 'joulebook\(command) --help'")
    }

    private static func report(_ failure: CommandFailure, on console: Console) -> Int32 {
        // Output that was produced before the failure still belongs to the reader.
        if failure != .closedPipe { try? console.flush() }
        if let line = failure.line { console.complain(line) }
        return failure.status
    }
}
