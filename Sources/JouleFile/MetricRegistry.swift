import JouleFormat

/// A table whose columns a program adds to by naming metrics.
package enum MetricTable: Sendable, Hashable {
    case epochs
    case steps

    var id: UInt16 { self == .epochs ? TableID.epochs : TableID.steps }

    /// That of the metric that is named first; the columns before it are the table's own.
    package var firstColumn: UInt16 {
        UInt16(clamping: TableSchema.standard.first { $0.id == id }?.columns.count ?? 0)
    }
}

/// A metric's column, valid for the writer that gave it and one table.
package struct MetricID: Sendable, Hashable {
    package let column: UInt16

    /// That of a column which a writer gave a metric.
    @inlinable
    package init(column: UInt16) { self.column = column }
}

/// A metric's value in one row.
package struct MetricCell: Sendable {
    package var id: MetricID
    package var value: Double

    @inlinable
    package init(id: MetricID, value: Double) {
        self.id = id
        self.value = value
    }
}

/// Names of the metrics of one table.
///
/// Looking a known name up allocates nothing.
struct MetricRegistry: Sendable {
    private var names: [[UInt8]] = []
    /// Open addressing over `names`; zero is empty, n is `names[n - 1]`.
    private var places: [UInt16]
    private let firstColumn: Int
    /// By the place of a name in a call, which of `names` it was the last time: a loop names the same
    /// metrics again and again.
    private var recent: [Int] = []

    init(_ table: MetricTable) {
        firstColumn = Int(table.firstColumn)
        places = Array(repeating: 0, count: 64)
    }

    /// The number that the next new name would get.
    var nextColumn: UInt16 { UInt16(truncatingIfNeeded: firstColumn + names.count) }

    var isFull: Bool { firstColumn + names.count >= Limits.columnsMax }

    /// The column of a known name, which is the `place`th of a call.
    mutating func column(of name: Span<UInt8>, at place: Int?) -> UInt16? {
        if let place, place < recent.count, Self.equal(names[recent[place]], name) {
            return UInt16(firstColumn + recent[place])
        }
        guard let index = index(of: name) else { return nil }
        if let place, place < recent.count { recent[place] = index }
        if place == recent.count { recent.append(index) }
        return UInt16(firstColumn + index)
    }

    private func index(of name: Span<UInt8>) -> Int? {
        var place = Self.hash(name) & (places.count - 1)
        while places[place] != 0 {
            let index = Int(places[place]) - 1
            if Self.equal(names[index], name) { return index }
            place = (place + 1) & (places.count - 1)
        }
        return nil
    }

    func name(of column: UInt16) -> [UInt8]? {
        let place = Int(column) - firstColumn
        return names.indices.contains(place) ? names[place] : nil
    }

    mutating func add(_ name: [UInt8]) {
        names.append(name)
        if names.count * 2 > places.count {
            places = Array(repeating: 0, count: places.count * 2)
            for index in names.indices { insert(index) }
        } else {
            insert(names.count - 1)
        }
    }

    private mutating func insert(_ index: Int) {
        let name = names[index]
        var place = Self.hash(name.span) & (places.count - 1)
        while places[place] != 0 { place = (place + 1) & (places.count - 1) }
        places[place] = UInt16(index + 1)
    }

    /// FNV-1a: names are short and few.
    private static func hash(_ name: Span<UInt8>) -> Int {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for index in name.indices { hash = (hash ^ UInt64(name[index])) &* 0x100_0000_01B3 }
        return Int(truncatingIfNeeded: hash ^ (hash >> 32)) & Int.max
    }

    private static func equal(_ left: [UInt8], _ right: Span<UInt8>) -> Bool {
        guard left.count == right.count else { return false }
        for index in right.indices where left[index] != right[index] { return false }
        return true
    }
}
