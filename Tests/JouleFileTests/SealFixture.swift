import FoundationEssentials
import JouleQuantities
import JouleTestSupport
import Testing

@testable import JouleFile
@testable import JouleFormat

/// Small ledgers made block by block, as an honest writer or a forger makes them.
struct SealFixture: ~Copyable {
    let directory = TemporaryDirectory()
    static let fileID: [UInt8] = Array(100..<116)

    func path(_ name: String) -> String { "\(directory.path)/\(name)" }

    /// A block that is put into a ledger as it is.
    typealias Block = (type: UInt8, bytes: [UInt8])

    /// One document of a run.
    static func document(_ run: Int, loss: Double = 0.5) -> [UInt8] {
        let id = String(repeating: "0", count: 31) + "\(run % 10)"
        let text =
            #"{"run":\#(run),"set":{"run_id":"\#(id)","status":"finished","metrics":{"loss":\#(loss)}}}"#
        return Array(text.utf8)
    }

    /// A closed ledger of documents and then of blocks; what it holds in between is all in order.
    @discardableResult
    func write(
        _ name: String,
        _ documents: [[UInt8]],
        then blocks: [Block] = [],
        documentsBehind: [[UInt8]] = [],
        fileID: [UInt8] = fileID
    ) throws -> String {
        let path = path(name)
        var appender = try LedgerAppender(
            creating: path,
            header: FileHeader(fileID: fileID, createdNS: 1)
        )
        for document in documents { try appender.append(meta: [document]) }
        for block in blocks { try appender.append(head: block.type, block.bytes) }
        for document in documentsBehind { try appender.append(meta: [document]) }
        try appender.close()
        return path
    }

    func secret(_ name: String = "example.org/alice", file: String = "key", count: Int? = nil)
        throws -> SecretKey
    {
        try SecretKey.create(path(file), name: name, count: count)
    }

    /// A sealed ledger of three documents, by a new key.
    func sealed(_ name: String = "sealed.joule", with secret: SecretKey) throws -> String {
        let path = try write(name, (0..<3).map { Self.document($0) })
        _ = try LedgerSeal.seal(path, with: secret)
        return path
    }

    /// The blocks of these types, as they stand.
    func blocks(of path: String, _ types: Set<UInt8>) throws -> [Block] {
        struct Collector: LedgerVisitor {
            var blocks: [Block] = []
            let types: Set<UInt8>
            mutating func visit(meta document: MetaDocument) {}
            mutating func visit(rows: DataPayload, schema: TableSchema) {}
            mutating func visit(block: LedgerBlock) {
                guard types.contains(block.header.type) else { return }
                blocks.append((block.header.type, Array(block.payload)))
            }
        }
        var collector = Collector(types: types)
        _ = try LedgerScan(path, visitor: &collector)
        return collector.blocks
    }

    /// KEY and CHECKPOINT of a ledger.
    func seal(of path: String) throws -> [Block] {
        try blocks(of: path, [BlockType.key, BlockType.checkpoint])
    }

    func verify(_ path: String, by key: PublicKey? = nil) throws -> Integrity {
        try Ledger(reading: path, verifies: true, sealedBy: key).integrity
    }

    func bytes(_ path: String) throws -> Data { try Data(contentsOf: URL(filePath: path)) }

    /// A KEY block of a plain key.
    static func block(_ key: SigningKey) -> Block {
        (BlockType.key, PayloadEncoder.encode(KeyPayload(key: key.verifierKey)).bytes)
    }

    /// A CHECKPOINT block signed by a key.
    static func block(_ key: SigningKey, origin: String? = nil, size: UInt64, root: Digest) throws
        -> Block
    {
        let checkpoint = Checkpoint(
            origin: origin ?? Checkpoint.origin(name: key.verifierKey.name, fileID: fileID),
            size: size,
            root: root
        )
        return (
            BlockType.checkpoint,
            PayloadEncoder.encode(try #require(key.signed(checkpoint))).bytes
        )
    }

    static func key(_ name: String = "example.org/alice", _ seed: UInt8 = 1) throws -> SigningKey {
        try #require(SigningKey(name: name, seed: Array(repeating: seed, count: 32)))
    }
}
