import JouleTestSupport
import Testing

@testable import JouleFormat

@Suite("Proofs")
struct ProofTests {
    private static func digest(_ hex: String) throws -> Digest {
        try #require(Digest(bytes: Array(hexadecimal: hex)))
    }

    /// Leaf (from 0), size and path, as Certificate Transparency's reference implementation tests
    /// them on the leaves of `PrimitiveTests`.
    static let paths: [(leaf: UInt64, size: UInt64, path: [String])] = [
        (0, 1, []),
        (
            0, 8,
            [
                "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
                "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
            ]
        ),
        (
            5, 8,
            [
                "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
                "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            ]
        ),
        (2, 3, ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"]),
        (
            1, 5,
            [
                "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
                "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
            ]
        ),
    ]

    static let extensions: [(old: UInt64, size: UInt64, proof: [String])] = [
        (1, 1, []),
        (1, 8, paths[1].path),
        (
            6, 8,
            [
                "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
                "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            ]
        ),
        (
            2, 5,
            [
                "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
            ]
        ),
    ]

    private func roots(_ ranges: [Range<UInt64>], of leaves: [Digest]) throws -> [Digest] {
        var roots = SubtreeRoots(ranges)
        for leaf in leaves { roots.append(leaf) }
        return try #require(roots.roots)
    }

    private func root(of leaves: some Sequence<Digest>) -> Digest {
        var tree = MerkleTree()
        for leaf in leaves { tree.append(leaf) }
        return tree.root
    }

    private static let published = PrimitiveTests.leaves.map { MerkleTree.leaf($0) }

    @Test("Inclusion paths are those of RFC 6962's test vectors", arguments: paths.indices)
    func inclusionVectors(place: Int) throws {
        let (leaf, size, path) = Self.paths[place]
        let leaves = Self.published.prefix(Int(size))
        let made = try roots(MerkleProof.inclusion(of: leaf, in: size), of: Array(leaves))
        #expect(made.map(\.hex) == path)
        let root = MerkleProof.root(of: leaves[Int(leaf)], at: leaf, in: size, path: made)
        #expect(root?.hex == PrimitiveTests.roots[Int(size) - 1])
    }

    @Test("Consistency proofs are those of RFC 6962's test vectors", arguments: extensions.indices)
    func consistencyVectors(place: Int) throws {
        let (old, size, proof) = Self.extensions[place]
        let leaves = Array(Self.published.prefix(Int(size)))
        let made = try roots(MerkleProof.consistency(from: old, to: size), of: leaves)
        #expect(made.map(\.hex) == proof)
        let isConsistent = MerkleProof.isConsistent(
            from: old,
            try Self.digest(PrimitiveTests.roots[Int(old) - 1]),
            to: size,
            try Self.digest(PrimitiveTests.roots[Int(size) - 1]),
            proof: made
        )
        #expect(isConsistent)
    }

    /// Leaves that differ from seed to seed.
    private func leaves(_ count: Int, seed: UInt8 = 0) -> [Digest] {
        (0..<count).map { MerkleTree.leaf([seed, UInt8($0 & 255), UInt8($0 >> 8)]) }
    }

    @Test("Every leaf of every small tree has a path that proves it and nothing else")
    func inclusionExhaustive() throws {
        for count in 1...33 {
            let leaves = leaves(count)
            let whole = root(of: leaves)
            let size = UInt64(count)
            for index in 0..<size {
                let path = try roots(MerkleProof.inclusion(of: index, in: size), of: leaves)
                let leaf = leaves[Int(index)]
                #expect(MerkleProof.root(of: leaf, at: index, in: size, path: path) == whole)
                // Another place or leaf, a path that is cut, prolonged or changed proves nothing.
                for other in 0..<size where other != index {
                    #expect(MerkleProof.root(of: leaf, at: other, in: size, path: path) != whole)
                }
                let stranger = MerkleTree.leaf([99])
                #expect(MerkleProof.root(of: stranger, at: index, in: size, path: path) != whole)
                #expect(MerkleProof.root(of: leaf, at: size, in: size, path: path) == nil)
                #expect(MerkleProof.root(of: leaf, at: index, in: size, path: path + [leaf]) == nil)
                guard !path.isEmpty else { continue }
                let cut = Array(path.dropLast())
                #expect(MerkleProof.root(of: leaf, at: index, in: size, path: cut) != whole)
                let turned = Array(path.reversed())
                if turned != path {
                    #expect(MerkleProof.root(of: leaf, at: index, in: size, path: turned) != whole)
                }
            }
        }
    }

    @Test("Every small tree proves that it begins with every smaller one, and with no other")
    func consistencyExhaustive() throws {
        for count in 1...33 {
            let leaves = leaves(count)
            let whole = root(of: leaves)
            let size = UInt64(count)
            for old in 1...size {
                let proof = try roots(MerkleProof.consistency(from: old, to: size), of: leaves)
                let before = root(of: leaves.prefix(Int(old)))
                func holds(_ oldRoot: Digest, _ newRoot: Digest, _ proof: [Digest]) -> Bool {
                    MerkleProof.isConsistent(from: old, oldRoot, to: size, newRoot, proof: proof)
                }
                #expect(holds(before, whole, proof), "\(old) of \(size)")
                var rewritten = leaves
                rewritten[0] = MerkleTree.leaf([98])
                #expect(!holds(root(of: rewritten.prefix(Int(old))), whole, proof))
                #expect(!holds(before, root(of: rewritten), proof))
                #expect(!holds(before, whole, proof + [before]))
                if !proof.isEmpty {
                    #expect(!holds(before, whole, Array(proof.dropLast())))
                    #expect(!holds(before, whole, Array(proof.dropFirst())))
                }
            }
            #expect(
                !MerkleProof.isConsistent(from: size + 1, whole, to: size, whole, proof: [])
            )
        }
    }

    @Test("A forged proof of a rewritten tree never passes, seed by seed", arguments: 0..<8)
    func forgeries(seed: UInt8) throws {
        var random = SplitMix(seed: UInt64(seed) + 1)
        for _ in 0..<50 {
            let count = Int.random(in: 2...300, using: &random)
            let old = Int.random(in: 1..<count, using: &random)
            let place = Int.random(in: 0..<old, using: &random)
            let truth = leaves(count)
            var forged = truth
            forged[place] = MerkleTree.leaf([seed, 1, 2, 3])
            let ranges = MerkleProof.consistency(from: UInt64(old), to: UInt64(count))
            let isConsistent = MerkleProof.isConsistent(
                from: UInt64(old),
                root(of: truth.prefix(old)),
                to: UInt64(count),
                root(of: forged),
                proof: try roots(ranges, of: forged)
            )
            #expect(!isConsistent, "seed \(seed): leaf \(place) of \(old), \(count)")
        }
    }

    @Test("Places and sizes at the end of 64 bits neither trap nor hang")
    func extremes() {
        let hash = MerkleTree.leaf([])
        let many = Array(repeating: hash, count: 64)
        let sizes: [UInt64] = [.max, .max - 1, 1 << 63, (1 << 63) + 1]
        for size in sizes {
            for index: UInt64 in [0, size / 2, size - 1] {
                #expect(MerkleProof.inclusion(of: index, in: size).count <= 64)
                _ = MerkleProof.root(of: hash, at: index, in: size, path: many)
                #expect(
                    !MerkleProof.isConsistent(from: index, hash, to: size, hash, proof: many)
                )
                #expect(MerkleProof.consistency(from: index, to: size).count <= 65)
            }
        }
        #expect(MerkleProof.isConsistent(from: 0, MerkleTree().root, to: 9, hash, proof: []))
        #expect(!MerkleProof.isConsistent(from: 0, hash, to: 9, hash, proof: []))
    }
}
