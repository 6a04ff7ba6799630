/// A column of a block as it is stored.
struct StoredColumn {
    let number: UInt16
    let coding: UInt8
    let body: ArraySlice<UInt8>

    /// Reads one of a table of so many columns.
    init(_ reader: inout ByteReader, columns: Int) throws(FormatError) {
        number = UInt16(try reader.count(max: columns - 1, of: "as a column's number"))
        coding = try reader.number(UInt8.self)
        body = try reader.take(try reader.count(of: 1))
    }

    /// Those of `stored`, in their order, without which the columns `wanted` cannot be decoded.
    static func needed(for wanted: Set<UInt16>, of stored: [StoredColumn], rows: Int)
        throws(FormatError) -> [StoredColumn]
    {
        var wanted = wanted
        var needed: [StoredColumn] = []
        // A column is predicted from columns before it, so that one way back finds them all.
        for column in stored.reversed() where wanted.contains(column.number) {
            wanted.formUnion(try column.sources(rows: rows))
            needed.append(column)
        }
        return needed.reversed()
    }

    /// The columns that this one is predicted from.
    private func sources(rows: Int) throws(FormatError) -> [UInt16] {
        let count =
            switch coding >> ColumnCoding.predictionShift & ColumnCoding.predictionMask {
            case ColumnPrediction.energy: 2
            case ColumnPrediction.duration: 1
            default: 0
            }
        guard count > 0 else { return [] }
        var reader = ByteReader(body)
        if coding & ColumnCoding.hasNulls != 0 { _ = try reader.take((rows + 7) / 8) }
        _ = try Units(&reader, mapping: coding & ColumnCoding.mappingMask)
        var sources: [UInt16] = []
        for _ in 0..<count {
            let number = try reader.count(max: Limits.columnsMax - 1, of: "as a column's number")
            sources.append(UInt16(number))
        }
        return sources
    }
}
