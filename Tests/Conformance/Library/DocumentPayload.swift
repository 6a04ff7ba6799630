import JouleFile
import JouleFormat
import JouleQuantities

/// What the payload of a block says.
enum DocumentPayload {
    /// Null for types that are private or unknown.
    static func json(of block: LedgerBlock) throws(FormatError) -> JSON {
        let (payload, header) = (block.payload, block.header)
        switch header.type {
        case BlockType.schema:
            let tables = try PayloadDecoder.schema(payload, header: header).tables
            return ["tables": .array(tables.map { .object(table($0)) })]
        case BlockType.data: return data(try PayloadDecoder.outline(payload, header: header))
        case BlockType.meta: return meta(try PayloadDecoder.meta(payload, header: header))
        case BlockType.index: return index(try PayloadDecoder.index(payload, header: header))
        case BlockType.summary:
            return summary(
                try PayloadDecoder.summary(payload, header: header, at: block.offset)
            )
        case BlockType.gap:
            let gap = try PayloadDecoder.gap(payload, header: header)
            return [
                "rows": .count(gap.rows), "table": .count(gap.table),
                "cause": .count(gap.cause.rawValue),
            ]
        case BlockType.resume:
            let resume = try PayloadDecoder.resume(payload, header: header)
            return [
                "discarded": .count(resume.discardedSize), "hash": .string(resume.discarded.hex),
            ]
        case BlockType.key: return key(try PayloadDecoder.key(payload, header: header))
        case BlockType.checkpoint:
            return checkpoint(try PayloadDecoder.checkpoint(payload, header: header))
        case BlockType.member:
            let part = try PayloadDecoder.member(payload, header: header)
            return [
                "member": .count(part.member), "offset": .count(part.offset),
                "size": .count(part.size), "part_size": .count(part.bytes.count),
            ]
        case BlockType.attach: return attach(try PayloadDecoder.attach(payload, header: header))
        default: return .null
        }
    }

    private static func key(_ payload: KeyPayload) -> JSON {
        [
            "verifier_key": .string(payload.key.text), "index": .count(payload.number),
            "keys": .count(payload.count), "path": .array(payload.path.map { .string($0.hex) }),
        ]
    }

    private static func checkpoint(_ payload: CheckpointPayload) -> JSON {
        [
            "origin": .string(payload.checkpoint.origin),
            "tree_size": .count(payload.checkpoint.size),
            "root": .string(payload.checkpoint.root.hex),
            "signatures": .array(
                payload.note.signatures.map { signature in
                    [
                        "name": .string(String(decoding: signature.key.name, as: UTF8.self)),
                        "id": .string(KeyHandle.hex(signature.key.id)),
                        "signature": .hex(signature.bytes),
                    ]
                }
            ),
        ]
    }

    private static func attach(_ part: AttachPayload) -> JSON {
        [
            "run": .count(part.run), "name": .string(part.name),
            "media_type": .string(part.mediaType), "sha256": .string(part.digest.hex),
            "size": .count(part.size), "offset": .count(part.offset),
            "part_size": .count(part.part.count),
        ]
    }

    private static func data(_ outline: DataOutline) -> JSON {
        [
            "covered": .count(outline.covered), "first_row": .count(outline.firstRow),
            "series": .array(outline.series.map(JSON.count)),
            "columns": .array(
                outline.columns.map {
                    ["number": .count($0.number), "coding": .count($0.coding)]
                }
            ),
        ]
    }

    private static func meta(_ meta: MetaPayload) -> JSON {
        [
            "covered": .count(meta.covered),
            "documents": .array(
                meta.documents.map { .string(String(decoding: $0, as: UTF8.self)) }
            ),
        ]
    }

    private static func table(_ table: SchemaPayload.Table) -> JSONObject {
        var object = JSONObject()
        object["id"] = .count(table.id)
        object["name"] = .string(table.name)
        object["first"] = .count(table.firstColumn)
        object["columns"] = .array(
            table.columns.map {
                [
                    "type": .count($0.type.rawValue), "role": .count($0.role.rawValue),
                    "name": .string($0.name), "unit": .string($0.unit),
                ]
            }
        )
        return object
    }

    private static func index(_ index: IndexPayload) -> JSON {
        [
            "ordinal": .count(index.ordinal),
            "pointers": .array(
                index.pointers.map {
                    [
                        "ordinal": .count($0.ordinal), "offset": .count($0.offset),
                        "from": .integer($0.skipped.from), "to": .integer($0.skipped.to),
                    ]
                }
            ),
            "entries": .array(
                index.entries.map {
                    [
                        "offset": .count($0.offset), "table": .count($0.table),
                        "rows": .count($0.rows), "first_row": .count($0.firstRow),
                        "zones": .array($0.zones.map(zone)),
                    ]
                }
            ),
        ]
    }

    private static func zone(_ zone: IndexPayload.Zone) -> JSON {
        [
            "number": .count(zone.column), "count": .count(zone.count),
            "minimum": zone.bounds.map { .pattern($0.minimum) } ?? .null,
            "maximum": zone.bounds.map { .pattern($0.maximum) } ?? .null,
        ]
    }

    private static func summary(_ summary: SummaryPayload) -> JSON {
        [
            "tree_size": .count(summary.tree.size),
            "range": .array(summary.tree.range.map { .string($0.hex) }),
            "index": .count(summary.indexOffset ?? 0),
            "heads": .array(summary.headOffsets.map(JSON.count)),
            "meta_covered": .count(summary.metaCovered),
            "gaps": .array(summary.gaps.map(\.json)),
            "tables": .array(summary.tables.map(totals)),
        ]
    }

    private static func totals(_ totals: SummaryPayload.Table) -> JSON {
        var object = table(totals.schema.told)
        object["covered"] = .count(totals.covered)
        object["rows"] = .count(totals.rows)
        object["statistics"] = .array(
            zip(totals.columns, totals.schema.columns).map { column, definition in
                let isTold = column.count > 0 && definition.type != .string
                return [
                    "count": .count(column.count),
                    "minimum": column.hasNumber ? .pattern(column.minimum) : .null,
                    "maximum": column.hasNumber ? .pattern(column.maximum) : .null,
                    "last": isTold ? .pattern(column.last) : .null,
                    "sum": isTold ? column.sum.map(JSON.count) ?? .null : .null,
                ]
            }
        )
        return .object(object)
    }
}

/// What a ring holds beside the blocks.
struct DocumentRing {
    private let ring: RingSnapshot
    /// By table one more than the last slot that a block holds.
    private let covered: [UInt16: UInt64]

    init(_ ring: RingSnapshot, covered: [UInt16: UInt64]) {
        self.ring = ring
        self.covered = covered
    }

    var json: JSON {
        [
            "tails": .array(ring.areas.map { .count($0.tail) }),
            "entries": .array(ring.areas.map { .array($0.entries.map(entry)) }),
            "losses": .array(
                (0..<UInt16(RingLayout.dropTables)).map { table in
                    .array((0..<UInt8(RingLayout.dropCauses)).map { .count(losses(table, $0)) })
                }
            ),
        ]
    }

    private func losses(_ table: UInt16, _ cause: UInt8) -> UInt64 {
        ring.drops.first { $0.table == table && $0.cause.rawValue == cause }?.rows ?? 0
    }

    private func entry(_ entry: RingEntry) -> JSON {
        switch entry.content {
        case .row(let table, let cells):
            [
                "slot": .count(entry.slot), "kind": "row", "table": .count(table),
                "cells": .array(cells.map(cell)), "covered": .bool(isCovered(entry, table)),
            ]
        case .column(let table, let number, let definition):
            [
                "slot": .count(entry.slot), "kind": "column", "table": .count(table),
                "number": .count(number), "type": .count(definition.type.rawValue),
                "role": .count(definition.role.rawValue), "name": .string(definition.name),
                "unit": .string(definition.unit), "covered": false,
            ]
        case .meta(let document):
            [
                "slot": .count(entry.slot), "kind": "document",
                "text": .string(String(decoding: document, as: UTF8.self)),
                "covered": .bool(isCovered(entry, TableID.none)),
            ]
        }
    }

    private func cell(_ cell: RingCell) -> JSON {
        [
            "column": .count(cell.column),
            "value": cell.text.map { ["text": .string($0)] } ?? .pattern(cell.word),
        ]
    }

    private func isCovered(_ entry: RingEntry, _ table: UInt16) -> Bool {
        entry.slot < covered[table] ?? 0
    }
}
