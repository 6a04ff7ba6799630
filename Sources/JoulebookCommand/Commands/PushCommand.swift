import ArgumentParser
import JouleExchange
import JouleFile

struct PushCommand: Subcommand {
    static let configuration = CommandConfiguration(
        commandName: "push",
        abstract: "Sends ledgers to an object store that speaks S3.",
        discussion: """
            Each ledger file is stored in the version that there is now, under a name made of its \
            content, so that pushing the same again sends nothing, and a push that was cut off goes on \
            where it was. An earlier version is removed when the later one is there and begins with it. A \
            longer version in the store is left alone, and versions that do not continue each other are \
            all kept and told. What is damaged is not pushed. Of a ledger that is being written, what is \
            whole is pushed; rows that only a killed writer's ring holds become blocks in the store's \
            copy. The ledgers themselves stay as they are.

            Who asks, and where, is said as to AWS's own programs: AWS_ACCESS_KEY_ID and \
            AWS_SECRET_ACCESS_KEY, or AWS_PROFILE; AWS_REGION; AWS_ENDPOINT_URL_S3 for other stores. See \
            Schemas/push.md.

            Examples:
              joulebook push joulebook s3://bucket/team/ledgers
              joulebook push runs.joule s3://bucket/packs
              joulebook push joulebook s3://bucket/team/ledgers --dry-run

            Exit status: 0 every ledger is in the store; 1 some are not, or forked, which are named; 64 \
            wrong usage; 65 no ledger is there; 74 not readable, or the store cannot be asked.
            """
    )

    @Argument(
        help: "A directory of ledgers, one ledger, or a pack.",
        completion: .file()
    ) var path: String
    @Argument(help: ArgumentHelp("Where to: s3://BUCKET[/PREFIX].", valueName: "address"))
    var address: String
    @Flag(help: "Ask what is there and say what would be sent; send nothing.") var dryRun = false
    @Flag(help: "Print JSON (Schemas/transfer.schema.json).") var json = false

    func perform(on console: Console) throws(CommandFailure) -> Int32 {
        try Input.require(path, as: .fileOrDirectory)
        let access = try ObjectStoreAccess(address)
        let files: [LedgerDirectory.CopiedFile]
        do throws(LedgerError) { files = try LedgerDirectory.copied(path) } catch {
            throw CommandFailure(error)
        }
        guard !files.isEmpty else { throw .badData("\(path): no .joule file is there to push") }
        var report = TransferReport(.push, isDry: dryRun)
        var failure: ObjectStoreError?
        do throws(ObjectStoreError) {
            var push = try LedgerPush(
                files,
                to: access.store,
                below: access.address.prefix,
                draftsIn: environment("TMPDIR") ?? "/tmp",
                isDry: dryRun
            )
            for (number, file) in files.enumerated() {
                console.progress("pushing", number, of: files.count, unit: "ledgers")
                let transfer = try push.push(file) { bytes in
                    guard files.count == 1 else { return }
                    console.progress("pushing", Int(bytes >> 20), of: nil, unit: "MiB")
                }
                report.add(transfer)
            }
        } catch {
            failure = error
        }
        return try report.finish(access.address, after: failure, asJSON: json, on: console)
    }
}
