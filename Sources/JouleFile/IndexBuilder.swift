import JouleFormat

/// Collects the blocks for the next INDEX and the pointers to those before.
struct IndexBuilder: Sendable {
    private(set) var entries: [IndexPayload.Entry] = []
    /// Where the last index is; nil when there is none.
    private(set) var lastOffset: UInt64?
    private var ordinal: UInt64 = 0
    /// To the last index whose number is a multiple of each stride, with what lies between it and
    /// the next one to be written.
    private var pointers: [IndexPayload.Pointer?] = IndexPayload.strides.map { _ in nil }
    private var span = IndexPayload.Span.empty

    init() {}

    /// Goes on behind an index that is there already.
    ///
    /// `schema` gives a table's columns.
    init(after last: IndexPayload, at offset: UInt64, schema: (UInt16) -> TableSchema) {
        ordinal = last.ordinal
        // A stride whose last multiple is no pointer of its own shares that of a smaller stride.
        for (level, stride) in IndexPayload.strides.enumerated() {
            pointers[level] = last.pointers.first { $0.ordinal % stride == 0 }
        }
        entries = last.entries
        for entry in entries {
            if let bounds = entry.bounds(of: schema(entry.table).timeColumn) {
                span.formUnion(bounds.span)
            }
        }
        commit(at: offset)
    }

    mutating func add(_ entry: IndexPayload.Entry, span: IndexPayload.Span) {
        entries.append(entry)
        self.span.formUnion(span)
    }

    var payload: IndexPayload {
        var distinct: [IndexPayload.Pointer] = []
        for case .some(let pointer) in pointers where distinct.last?.ordinal != pointer.ordinal {
            distinct.append(pointer)
        }
        return IndexPayload(ordinal: ordinal, pointers: distinct, entries: entries)
    }

    /// Takes the pending entries as written in an index at `offset`.
    mutating func commit(at offset: UInt64) {
        for (level, stride) in IndexPayload.strides.enumerated() {
            if ordinal % stride == 0 {
                pointers[level] = .init(ordinal: ordinal, offset: offset, skipped: .empty)
            } else {
                pointers[level]?.skipped.formUnion(span)
            }
        }
        lastOffset = offset
        ordinal += 1
        entries = []
        span = .empty
    }
}

extension IndexPayload.Entry {
    /// The zone of a column; nil when there is none or it holds no number.
    func bounds(of column: UInt16?) -> IndexPayload.Bounds? {
        zones.first { $0.column == column }?.bounds
    }
}

extension IndexPayload.Bounds {
    /// Of a column of times.
    var span: IndexPayload.Span {
        .init(from: Int64(bitPattern: minimum), to: Int64(bitPattern: maximum))
    }
}
