import ArgumentParser
import JouleExchange
import JouleFile
import JouleQuantities

struct ImportCommand: Subcommand {
    /// What can be imported.
    enum Kind: String, ExpressibleByArgument, CaseIterable {
        case records, codecarbon
        case nvidiaSMI = "nvidia-smi"
        case dcgm, sacct, mlperf, tensorboard
        case trainerState = "trainer-state"
        case mlflow, wandb, dvclive

        /// Whether it may be a folder with the files of several runs.
        var isHistory: Bool {
            switch self {
            case .records, .codecarbon, .nvidiaSMI, .dcgm, .sacct, .mlperf: false
            case .tensorboard, .trainerState, .mlflow, .wandb, .dvclive: true
            }
        }

        func read(path: String, progress: @escaping HistoryProgress) throws(ExchangeError)
            -> [RunRecord]
        {
            switch self {
            case .records: try RunRecordImport.read(path: path, progress: progress)
            case .codecarbon: try CodeCarbonImport.read(path: path)
            case .nvidiaSMI: try NvidiaSMIImport.read(path: path)
            case .dcgm: try DCGMImport.read(path: path)
            case .sacct: try SlurmImport.read(path: path)
            case .mlperf: try MLPerfImport.read(path: path)
            case .tensorboard: try TensorBoardImport.read(path: path, progress: progress)
            case .trainerState: try TrainerStateImport.read(path: path, progress: progress)
            case .mlflow: try MLflowImport.read(path: path, progress: progress)
            case .wandb: try WandbImport.read(path: path, progress: progress)
            case .dvclive: try DVCLiveImport.read(path: path, progress: progress)
            }
        }
    }

    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Turns other programs' logs into a ledger.",
        discussion: """
            Writes one ledger that holds all runs of the file, or several where the runs have \
            more than 4000 metrics of different names. Importing twice changes nothing: runs that \
            are there already are left out. One bad line, and nothing is written.

            Kinds, see Schemas/imports.md:
              records       run records as JSON lines (Schemas/run-record.schema.json)
              codecarbon    CodeCarbon's emissions.csv, whose energies are statements
              nvidia-smi    a log of GPUs' power as CSV, of --query-gpu or dmon
              dcgm          GPUs' counters of energy, by dcgmi dmon -e 156
              sacct         Slurm's jobs, by sacct --parsable2; energies are statements
              mlperf        the log of a result of MLPerf Training, with its power logs
              tensorboard   an event file of TensorBoard, or a folder of them
              trainer-state a trainer_state.json of Transformers, or a folder of outputs
              mlflow        MLflow's folder mlruns, or its mlflow.db of SQLite
              wandb         a .wandb file of W&B, or a folder of runs that it kept offline
              dvclive       a folder of DVCLive, or one that holds several

            Examples:
              joulebook import records runs.jsonl --into joulebook
              joulebook import codecarbon emissions.csv --into joulebook
              joulebook import nvidia-smi power.csv --into joulebook
              joulebook import tensorboard lightning_logs --into joulebook

            Exit status: 0; 64 wrong usage; 65 bad input, nothing written; 74 not readable or not \
            writable.
            """
    )

    @Argument(help: "What the file is: \(Kind.allCases.map(\.rawValue).joined(separator: ", ")).")
    var kind: Kind
    @Argument(help: "The file, or the folder of a history.", completion: .file()) var path: String
    @Option(
        help: ArgumentHelp("The directory that gets the ledger.", valueName: "dir"),
        completion: .directory
    )
    var into: String

    func perform(on console: Console) throws(CommandFailure) -> Int32 {
        try Input.require(path, as: kind.isHistory ? .fileOrDirectory : .file)
        let records: [RunRecord]
        do throws(ExchangeError) {
            records = try kind.read(path: path) { done, total in
                console.progress("reading", done, of: total, unit: "MiB")
            }
        } catch {
            throw .badData("\(error); nothing was imported")
        }
        let result: LedgerImport.Result
        do throws(LedgerError) {
            result = try LedgerImport.write(
                records,
                into: into,
                kind: kind.rawValue,
                reading: console.showReading,
                writing: { console.progress("writing", $0, of: $1, unit: "runs") }
            )
        } catch {
            throw CommandFailure(error)
        }
        try report(result, on: console)
        return 0
    }
}

extension ImportCommand {
    private func report(
        _ result: LedgerImport.Result,
        on console: Console
    ) throws(CommandFailure) {
        let there = result.alreadyThere > 0 ? ", \(result.alreadyThere) were there already" : ""
        let place = result.paths.isEmpty ? "" : " into \(result.paths.joined(separator: ", "))"
        try console.print("imported \(result.written) runs\(place)\(there)".visible)
    }
}
