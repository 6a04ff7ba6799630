package import JouleQuantities
package import JouleSystem

/// Which of many runs have one name.
package struct RunNames {
    private struct Noted {
        let hash: Int
        let run: Int32
    }

    /// By number of a run.
    private var noted: [Noted] = []

    package init() {}

    /// Takes the name of the next run, of which the first has the number 0.
    package mutating func note(_ name: RunID) {
        noted.append(Noted(hash: name.hashValue, run: Int32(noted.count)))
    }

    /// Those of `counted` that have the name of another of them; `name` tells it again.
    package func runs(
        among counted: [Int],
        on workers: Workers = .all,
        name: (Int) -> RunID
    ) -> Set<Int> {
        let ordered = workers.sorted(counted.map { noted[$0] }) { left, right in
            if left.hash != right.hash { return left.hash < right.hash }
            // The hash of two names may be one.
            let names = (name(Int(left.run)), name(Int(right.run)))
            return names.0 == names.1 ? left.run < right.run : names.0 < names.1
        }
        var sharing: Set<Int> = []
        for (one, next) in zip(ordered, ordered.dropFirst())
        where one.hash == next.hash && name(Int(one.run)) == name(Int(next.run)) {
            sharing.formUnion([Int(one.run), Int(next.run)])
        }
        return sharing
    }
}
