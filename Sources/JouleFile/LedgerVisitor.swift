package import JouleFormat

/// Receives what a ledger holds, in the order in which it was written.
package protocol LedgerVisitor {
    /// Whether rows are to be decoded at all.
    var readsRows: Bool { get }
    /// Whether documents are to be read at all; without them, no run is known.
    var readsDocuments: Bool { get }
    /// How many rows of a table, which it holds on to, the smallest ledger may have; nil when it
    /// keeps none.
    func keptRowsFloor(of table: UInt16) -> Int?
    mutating func visit(meta document: MetaDocument)
    mutating func visit(rows: DataPayload, schema: TableSchema)
    mutating func visit(attached part: AttachPayload)
    /// Each block that is read, before what it holds.
    mutating func visit(block: LedgerBlock)
    mutating func visit(trailer: Trailer, at offset: UInt64)
    /// The ring beside the ledger, before what only it holds.
    mutating func visit(ring: RingSnapshot)
}

extension LedgerVisitor {
    package var readsRows: Bool { true }
    package var readsDocuments: Bool { true }
    package func keptRowsFloor(of table: UInt16) -> Int? { nil }
    package mutating func visit(attached part: AttachPayload) {}
    package mutating func visit(block: LedgerBlock) {}
    package mutating func visit(trailer: Trailer, at offset: UInt64) {}
    package mutating func visit(ring: RingSnapshot) {}
}

/// A block as it stands in the file.
package struct LedgerBlock: Sendable {
    package let header: BlockHeader
    /// As stored.
    package let payload: ArraySlice<UInt8>
    package let leaf: Digest
    package let offset: UInt64
}

/// Wants to know nothing but what is found on the way.
struct Nobody: LedgerVisitor {
    mutating func visit(meta document: MetaDocument) {}
    mutating func visit(rows: DataPayload, schema: TableSchema) {}
}
