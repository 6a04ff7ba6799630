import JouleTestSupport
import Testing

@testable import JouleFile

@Suite("Hash table")
struct HashTableTests {
    @Test(
        "Things have the numbers of their first coming, whatever hashes they share",
        arguments: [1, 7, 1 << 20]
    )
    func numbers(hashes: Int) {
        var random = SplitMix(seed: UInt64(hashes))
        var table = HashTable()
        var things: [Int] = []
        var known: [Int: Int] = [:]
        for _ in 0..<3000 {
            let thing = Int(random.next() % 1000)
            // Some of them are below 0.
            let hash = (thing % hashes) &* 0x5851_F42D_4C95_7F2D
            let (number, isNew) = table.number(of: hash) { things[$0] == thing }
            #expect(isNew == (known[thing] == nil))
            if isNew {
                known[thing] = things.count
                things.append(thing)
            }
            #expect(number == known[thing])
        }
        #expect(table.count == things.count && things.count > 900)
    }
}
