import ArgumentParser

/// The root of the command: the list of verbs.
struct JoulebookCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "joulebook",
        abstract: "Energy per training epoch, and what to learn from it.",
        discussion: """
            Training code writes ledgers (*.joule); every command below only reads them, but for \
            'run', 'import' and 'pull', which write new ones, 'seal', which signs them, 'tag', 'note' \
            and 'select', which append to them, and 'thin' and 'pack --in-place', which replace them.

            Examples:
              joulebook run -- python train.py      measure any program
              joulebook ls joulebook                the runs in a directory
              joulebook show joulebook              the newest of them
              joulebook tail joulebook              its epochs, as they are logged
              joulebook audit joulebook             energy that was spent twice
              joulebook lifecycle joulebook         energy and carbon by stage
              joulebook serve joulebook             all of it as a page in the browser

            Exit status: 64 wrong usage, 65 bad input data, 74 input or output error; each \
            command's help names its own.
            """,
        version: joulebookVersion,
        subcommands: [
            RunCommand.self, ShowCommand.self, ListCommand.self, TailCommand.self,
            VerifyCommand.self, RecoverCommand.self, PackCommand.self, ThinCommand.self,
            PushCommand.self, PullCommand.self, RedactCommand.self,
            TagCommand.self, NoteCommand.self, SelectCommand.self,
            KeygenCommand.self, SealCommand.self, ProveCommand.self,
            MetersCommand.self, CheckCommand.self, SweepCommand.self, ExplainCommand.self,
            AuditCommand.self, EvaluateCommand.self, LifecycleCommand.self,
            FactorsCommand.self, ImportCommand.self, ExportCommand.self,
            ServeCommand.self, ReportCommand.self, CompletionsCommand.self,
        ]
    )

    /// The names of the subcommands.
    static var verbs: [String] { configuration.subcommands.map { $0._commandName } }
}

/// The version of the command and of the library that it is built from.
package let joulebookVersion = "0.1.0"

/// One verb of the command.
protocol Subcommand: ParsableCommand {
    /// Does the work and returns the exit status.
    func perform(on console: Console) throws(CommandFailure) -> Int32
}
