/// Numbers paths of a table from 0, in the order in which they are met.
struct PathNumbers {
    private(set) var paths: [Int32] = []
    /// By path one more than its number; 0 where it has none.
    ///
    /// Empty where the table is large beside what is looked at.
    private var dense: [Int32] = []
    private var sparse: [Int32: Int32] = [:]

    /// A table of paths is written to for so many times as many leaves and no more.
    private static let sparsityMax = 64

    /// `size` leaves are looked at.
    init(_ table: LeafTable, size: Int) {
        guard table.paths.count <= Self.sparsityMax * (size + 1) else { return }
        dense = [Int32](repeating: 0, count: table.paths.count)
    }

    /// For these paths alone.
    init(_ paths: [Int32], _ table: LeafTable, size: Int) {
        self.init(table, size: size)
        for path in paths { _ = number(of: path) }
    }

    /// Nil for a path that was not met.
    subscript(path: Int32) -> Int? {
        let place = dense.isEmpty ? sparse[path] ?? 0 : dense[Int(path)]
        return place == 0 ? nil : Int(place) - 1
    }

    mutating func number(of path: Int32) -> Int {
        if let known = self[path] { return known }
        paths.append(path)
        if dense.isEmpty {
            sparse[path] = Int32(paths.count)
        } else {
            dense[Int(path)] = Int32(paths.count)
        }
        return paths.count - 1
    }
}

/// What values the keys of some runs have, in few words.
struct PathValues {
    struct Path {
        let path: Int32
        /// The value in the first run that holds the key.
        let first: LeafTable.ID
        /// Leaves there are.
        fileprivate(set) var count = 0
        /// Whether there is another value than the first.
        fileprivate(set) var varies = false
    }

    /// Each key that some run holds.
    private(set) var all: [Path] = []

    init(_ rows: LeafRows, _ table: LeafTable) {
        var numbers = PathNumbers(table, size: rows.all.count)
        for leaf in rows.all {
            let path = table.path(of: leaf)
            let number = numbers.number(of: path)
            if number == all.count { all.append(Path(path: path, first: leaf)) }
            all[number].count += 1
            if all[number].first != leaf { all[number].varies = true }
        }
    }
}
