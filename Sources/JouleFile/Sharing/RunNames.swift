package import JouleQuantities

/// Which of many runs have one name.
package struct RunNames {
    /// Of the name of each run, by its number.
    private var hashes: [Int] = []

    package init() {}

    /// Takes the name of the next run, of which the first has the number 0.
    package mutating func note(_ name: RunID) { hashes.append(name.hashValue) }

    /// Those of `counted` that have the name of another of them; `name` tells it again.
    package func runs(among counted: [Int], name: (Int) -> RunID) -> Set<Int> {
        var sharing: Set<Int> = []
        var table = HashTable()
        // By number of a name the first run that has it.
        var firsts: [Int] = []
        for run in counted {
            // The hash of two names may be one.
            let (number, isNew) = table.number(of: hashes[run]) { name(firsts[$0]) == name(run) }
            if isNew { firsts.append(run) } else { sharing.formUnion([firsts[number], run]) }
        }
        return sharing
    }
}
