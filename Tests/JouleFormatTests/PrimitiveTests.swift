import JouleTestSupport
import Testing

@testable import JouleFormat

@Suite("Checksums and trees")
struct PrimitiveTests {
    static let crcVectors: [(bytes: [UInt8], sum: UInt32)] = [
        (Array(repeating: 0, count: 32), 0x8A91_36AA),
        (Array(repeating: 0xFF, count: 32), 0x62A8_AB43),
        (Array(0..<32), 0x46DD_794E),
        (Array((0..<32).reversed()), 0x113F_DB5C),
        (Array("123456789".utf8), 0xE306_9283),
    ]

    @Test("CRC-32C agrees with RFC 3720 appendix B.4", arguments: crcVectors.indices)
    func crc(index: Int) {
        #expect(Checksum.crc32c(Self.crcVectors[index].bytes) == Self.crcVectors[index].sum)
    }

    @Test("A checksum of long bytes is that of their parts, one after the other")
    func crcOfParts() {
        var random = SplitMix(seed: 5)
        for count in [0, 7, 1535, 1536, 1537, 4096, 10_001] {
            let bytes = (0..<count).map { _ in UInt8(truncatingIfNeeded: random.next()) }
            // Parts are shorter than the three lanes that long bytes are read in.
            var sum: UInt32 = 0
            for start in stride(from: 0, to: count, by: 333) {
                sum = Checksum.crc32c(bytes[start..<min(start + 333, count)], continuing: sum)
            }
            #expect(Checksum.crc32c(bytes) == sum)
        }
    }

    /// Leaves and roots that Certificate Transparency's reference implementations test with.
    static let leaves: [[UInt8]] = [
        [], [0x00], [0x10], [0x20, 0x21], [0x30, 0x31], [0x40, 0x41, 0x42, 0x43],
        Array(0x50...0x57), Array(0x60...0x6F),
    ]
    static let roots = [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ]

    @Test("The Merkle root of 1…8 leaves is that of RFC 6962's test vectors", arguments: 1...8)
    func merkle(count: Int) {
        var tree = MerkleTree()
        for leaf in Self.leaves.prefix(count) { tree.append(MerkleTree.leaf(leaf)) }
        #expect(tree.root.hex == Self.roots[count - 1])
        #expect(MerkleTree(size: tree.size, range: tree.range) == tree)
    }

    @Test("The root of no leaves is the hash of nothing")
    func emptyTree() {
        #expect(
            MerkleTree().root.hex
                == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        )
    }
}
