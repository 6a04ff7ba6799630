import ArgumentParser
import JouleExchange
import JouleFile

struct PullCommand: Subcommand {
    static let configuration = CommandConfiguration(
        commandName: "pull",
        abstract: "Receives ledgers from an object store that speaks S3.",
        discussion: """
            Receives of each ledger file that was pushed the longest version. What came is checked block \
            by block and against the hash in its name before it stands in the directory; a pull that was \
            cut off goes on where it was. A ledger that is there is replaced only by a version that \
            begins with all of it. A longer one is left alone, and so is one that does not continue what \
            is in the store, which is told.

            Who asks, and where, is said as for 'push'.

            Examples:
              joulebook pull s3://bucket/team/ledgers joulebook
              joulebook pull s3://bucket/team/ledgers/5c0f…e1 joulebook   one file, by its id
              joulebook pull s3://bucket/team/ledgers joulebook --dry-run

            Exit status: 0 every ledger is here; 1 some are not, or forked, which are named; 64 wrong \
            usage; 65 no ledger is in the store; 74 not writable, or the store cannot be asked.
            """
    )

    @Argument(help: ArgumentHelp("Where from: s3://BUCKET[/PREFIX].", valueName: "address"))
    var address: String
    @Argument(
        help: ArgumentHelp(
            "The directory of ledgers, made where it is not there.",
            valueName: "dir"
        ),
        completion: .directory
    ) var directory: String
    @Flag(help: "Ask what is there and say what would be received; write nothing.")
    var dryRun = false
    @Flag(help: "Print JSON (Schemas/transfer.schema.json).") var json = false

    func perform(on console: Console) throws(CommandFailure) -> Int32 {
        guard !directory.isEmpty else { throw .usage("the directory has no name; name one") }
        let access = try ObjectStoreAccess(address)
        let places: [String: String]
        do throws(LedgerError) {
            places = try LedgerDirectory.placesByFileID(below: directory)
        } catch {
            throw CommandFailure(error)
        }
        var report = TransferReport(.pull, isDry: dryRun)
        var failure: ObjectStoreError?
        do throws(ObjectStoreError) {
            var pull = try LedgerPull(
                from: access.store,
                below: access.address.prefix,
                into: directory,
                places: places,
                isDry: dryRun
            )
            let ids = pull.fileIDs
            for (number, id) in ids.enumerated() {
                console.progress("pulling", number, of: ids.count, unit: "ledgers")
                let transfers = try pull.pull(id) { bytes in
                    guard ids.count == 1 else { return }
                    console.progress("pulling", Int(bytes >> 20), of: nil, unit: "MiB")
                }
                for transfer in transfers { report.add(transfer) }
            }
        } catch {
            failure = error
        }
        guard failure != nil || !report.transfers.isEmpty else {
            throw .badData(
                "\(access.address): no ledger is there; 'joulebook push' puts them there"
            )
        }
        return try report.finish(access.address, after: failure, asJSON: json, on: console)
    }
}
