import ArgumentParser
import JouleFile
import JouleQuantities
import Joulebook

/// The run that `tag`, `note` and `select` are about.
struct AnnotatedRun: ParsableArguments {
    @Argument(help: "A ledger, or the beginning of a run's id.", completion: .file()) var run:
        String
    @Option(
        name: .customLong("in"),
        help: ArgumentHelp("Where a run is looked for by its id.", valueName: "dir"),
        completion: .directory
    )
    var directory: String?

    /// The record and the ledger that holds it, of several ranks that of the first.
    func find(on console: Console) throws(CommandFailure)
        -> (record: RunRecord, place: LedgerDirectory.Place)
    {
        guard !run.isEmpty else { throw .usage("the run is empty; name a ledger or give an id") }
        let store = try RunStore.open(directory ?? run, wanted: true, on: console)
        let record = try store.runs.only(
            beginningWith: directory == nil ? "" : run,
            in: directory ?? run
        )
        guard let place = store.place(of: record) else {
            throw .badData("\(directory ?? run): no ledger holds \(record.id.short)")
        }
        return (record, place)
    }

    /// Appends `annotation`, dated, and says where it is when that is a file of its own.
    func append(
        _ annotation: RunAnnotation,
        to id: RunID,
        in place: LedgerDirectory.Place,
        at moment: WallTime,
        on console: Console
    ) throws(CommandFailure) {
        var dated = annotation
        dated.set["annotated"] = .double(moment.unixSeconds)
        let (path, begun): (String, String?)
        do throws(LedgerError) {
            path = try LedgerDirectory.fileToAppend(place)
            begun = try dated.append(to: path, run: id)
        } catch {
            throw CommandFailure(error)
        }
        guard let begun else { return }
        try console.print(
            "\(path.visible): damaged; the ledger goes on in \(begun.visible), keep both"
        )
    }
}

extension [RunRecord] {
    /// The one run whose id begins with `wanted`, or is it, in the ledgers at `path`.
    func only(beginningWith wanted: String, in path: String) throws(CommandFailure) -> RunRecord {
        let exact = filter { $0.id.description == wanted }
        let matches = exact.isEmpty ? filter { $0.id.description.hasPrefix(wanted) } : exact
        guard let record = matches.first else {
            throw .badData(
                "\(path): no run id begins with '\(wanted)'; 'joulebook ls' lists them"
            )
        }
        guard matches.count == 1 else {
            throw .usage(
                "\(path): \(matches.count) runs could be meant; give more of an id with --in \(path)"
            )
        }
        return record
    }
}
