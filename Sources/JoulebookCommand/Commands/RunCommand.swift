import ArgumentParser
import JouleQuantities
import Joulebook

struct RunCommand: Subcommand {
    /// The final "metric" that keeps the program's exit status.
    static let exitStatusName = "exit_status"

    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Measures any program and writes one ledger.",
        usage: """
            joulebook run [--project <project>] [--stage <stage>]
                          [--config <name=value> ...] [--live] -- <command> ...
            """,
        discussion: """
            The program's input, output, signals and exit status are its own. The energy is that of \
            the whole machine while the program ran, and the ledger says so. Ledgers go to \
            JOULEBOOK_DIR, else ./joulebook. If no ledger can be written there, the program runs \
            all the same, and one line says that it is not measured.

            With --live the last line of the terminal tells how long the program has run, its power \
            now and its energy so far, and, where it logs epochs itself, its epoch, its metric and \
            what is left; at the end stays one line of what it took. The program's own output scrolls \
            above and is never touched, also where it goes to a file. A program that draws on the \
            whole screen does not go with it. Without --live nothing is written.

            The program sees its run's id as JOULEBOOK_PARENT_RUN. A program that logs epochs itself \
            with the library records that id, so that both windows are known to overlap.

            Examples:
              joulebook run -- python train.py --lr 0.1
              joulebook run --project digits --stage search --config lr=0.1 -- ./sweep.sh
              joulebook run --live -- python train.py > train.log 2>&1
              joulebook run --config optim.name=adam --config seed=0 -- ./train

            Exit status: the program's own; 128 + N when signal N ended it; 127 not found; 126 not \
            executable; 64 wrong usage.
            """
    )

    @Option(help: "Groups comparable runs; else JOULEBOOK_PROJECT, else the program's name.")
    var project: String?
    @Option(
        help: "training, search, fine_tuning, evaluation, ...; else not known.",
        completion: .list(Stage.allCases.map(\.rawValue))
    )
    var stage: String?
    @Option(
        help: ArgumentHelp("A fact of the configuration; may be repeated.", valueName: "name=value")
    ) var config: [String] = []
    @Flag(help: "Keep the last line of the terminal for power, energy and epochs.")
    var live = false
    @Argument(
        parsing: .postTerminator,
        help: ArgumentHelp("The program and its arguments, after --.", valueName: "command")
    ) var command: [String] = []

    func perform(on console: Console) throws(CommandFailure) -> Int32 {
        guard !command.isEmpty else {
            throw .usage("no program was given; write it after --: joulebook run -- ./train")
        }
        guard project != "" else {
            throw .usage("--project is empty; leave it out to take the program's name")
        }
        let stage = try stage.map(Self.stage(of:))
        let config = try ConfigArguments.parse(config)
        do throws(Program.Failure) {
            let program = try Program(command)
            let relay = SignalRelay()
            let run = start(program, config: config, stage: stage, on: console)
            return try measure(program, in: run, relay: relay, on: console)
        } catch {
            console.complain(error.line)
            return error.status
        }
    }

    private static func stage(of word: String) throws(CommandFailure) -> Stage {
        guard let stage = Stage(rawValue: word) else {
            let known = Stage.allCases.map(\.rawValue).joined(separator: ", ")
            throw .usage("--stage does not know '\(word)'; use one of \(known)")
        }
        return stage
    }

    /// The run that measures; nil when nothing can be recorded.
    private func start(
        _ program: Program,
        config: JSON,
        stage: Stage?,
        on console: Console
    ) -> Run? {
        do throws(RunError) {
            let options = options(for: program)
            let run = try Run.start(
                project: project,
                config: config,
                stage: stage,
                options: options
            )
            if !run.isRecording, let reason = run.warnings.first {
                console.complain("\(reason); the program runs, but is not measured")
            }
            return run
        } catch {
            console.complain("\(error); the program runs, but is not measured")
            return nil
        }
    }

    private func options(for program: Program) -> RunOptions {
        var options = RunOptions()
        options.entry = program.entry
        options.arguments = command
        // Readers must not take the energy for that of one process tree.
        options.environment["attribution"] = "whole_machine"
        // What the program reads is not known here, so that an equal command line proves nothing.
        options.onDuplicate = .ignore
        // Ranks that are each measured by their own `joulebook run` share an id, but never with
        // the runs that the program itself logs.
        options.idScope = (["joulebook run", project ?? ""] + command).joined(separator: "\n")
        return options
    }

    private func measure(
        _ program: Program,
        in run: Run?,
        relay: borrowing SignalRelay,
        on console: Console
    ) throws(Program.Failure) -> Int32 {
        let additions = run.map { ["JOULEBOOK_PARENT_RUN": $0.id.description] } ?? [:]
        let child: ChildProcess
        do throws(Program.Failure) {
            child = try ChildProcess.start(program, additions: additions, relay: relay)
        } catch {
            finish(run, status: .failed, end: nil, on: console)
            throw error
        }
        let panel = live ? run.flatMap(RunPanel.init(of:)) : nil
        let end = child.wait(relaying: relay) { panel?.update() }
        let status: RunStatus =
            switch end {
            case .exited(0): .finished
            case .exited: .failed
            case .signalled: .killed
            }
        finish(run, status: status, end: end, on: console)
        panel?.finish(afterSignal: status == .killed)
        return end.status
    }

    private func finish(
        _ run: Run?,
        status: RunStatus,
        end: ChildProcess.End?,
        on console: Console
    ) {
        do throws(RunError) {
            let results: JSON = end.map { [Self.exitStatusName: .integer(Int64($0.status))] } ?? [:]
            try run?.finish(status: status, metrics: results)
        } catch {
            console.complain(error.description)
        }
    }
}
