import JouleFile
import JouleQuantities

/// What the detector needs of a run only where it says something of it: its configuration as it was
/// spelt, and what each epoch cost.
struct RunDetails {
    struct Epoch {
        let number: Int
        let joules: Double?
        let seconds: Double?

        static func all(of run: RunRecord) -> [Epoch] {
            run.epochs.map {
                Epoch(number: $0.number, joules: $0.energy?.joules, seconds: $0.durationSeconds)
            }
        }
    }

    /// Of its curve.
    let prefixes: [UInt64]
    let epochs: [Epoch]
    /// Epochs of which a checkpoint was kept; nil where nobody says.
    let checkpoints: [Int]?
    /// The command line after the program, as JSON.
    let arguments: String?
    /// Leaves of the configuration that count, by their place among the spellings of the vocabulary.
    let leaves: [UInt32]
    /// Leaves that say only where and how it ran, as they were spelt (`Spelling`).
    let ignored: [[UInt8]]
    /// Keys that the program is known never to have read, by their place among the paths.
    let unread: [ConfigurationPaths.Place]
    /// Whether there is a configuration.
    let isConfigured: Bool
}

// MARK: As bytes

extension RunDetails {
    /// Bits that no clock and no meter tells, in the place of a number that is not known.
    static let unknown = UInt64.max

    var bytes: [UInt8] {
        var bytes: [UInt8] = []
        parts.write(to: &bytes)
        return bytes
    }

    var parts: Parts {
        var course = prefixes
        for epoch in epochs {
            course.append(UInt64(bitPattern: Int64(epoch.number)))
            course.append(epoch.joules?.bitPattern ?? Self.unknown)
            course.append(epoch.seconds?.bitPattern ?? Self.unknown)
        }
        var spelt = SpeltLeaves()
        for leaf in ignored { spelt.append(leaf) }
        return Parts(
            course: course[...],
            epochCount: epochs.count,
            checkpoints: checkpoints,
            arguments: arguments,
            leaves: leaves,
            ignored: spelt,
            unread: unread,
            isConfigured: isConfigured
        )
    }

    /// Leaves as they were spelt, one behind the other.
    struct SpeltLeaves {
        private(set) var bytes: [UInt8] = []
        private(set) var count = 0

        mutating func append(_ leaf: [UInt8]) {
            Spelling.append(UInt32(leaf.count), to: &bytes)
            bytes += leaf
            count += 1
        }

        mutating func removeAll() {
            bytes.removeAll(keepingCapacity: true)
            count = 0
        }
    }

    /// What becomes bytes, laid out for it.
    struct Parts {
        /// The prefixes, then of each epoch its number, its joules and its seconds.
        let course: ArraySlice<UInt64>
        let epochCount: Int
        let checkpoints: [Int]?
        let arguments: String?
        let leaves: [UInt32]
        let ignored: SpeltLeaves
        let unread: [ConfigurationPaths.Place]
        let isConfigured: Bool

        func write(to bytes: inout [UInt8]) {
            let head = [
                course.count - 3 * epochCount, epochCount, checkpoints?.count ?? -1,
                arguments?.utf8.count ?? -1, leaves.count, ignored.count,
                isConfigured ? unread.count : -1,
            ]
            Self.append(head, to: &bytes)
            Self.append(course, to: &bytes)
            if let checkpoints { Self.append(checkpoints, to: &bytes) }
            if let arguments { bytes += arguments.utf8 }
            Self.append(leaves, to: &bytes)
            if isConfigured { Self.append(unread, to: &bytes) }
            bytes += ignored.bytes
        }

        /// The bytes of numbers as this processor has them: nobody else reads them.
        private static func append(
            _ numbers: some Collection<some FixedWidthInteger>,
            to bytes: inout [UInt8]
        ) {
            _ = numbers.withContiguousStorageIfAvailable { numbers in
                unsafe bytes.append(contentsOf: UnsafeRawBufferPointer(numbers))
            }
        }
    }

    /// Reads what `bytes` gave.
    init(_ bytes: [UInt8]) {
        var place = 0
        func take(_ count: Int) -> ArraySlice<UInt8> {
            defer { place += count }
            return bytes[place..<place + count]
        }
        func integer() -> Int { Int(truncatingIfNeeded: Spelling.word(take(8))) }
        func double() -> Double? {
            let bits = Spelling.word(take(8))
            return bits == Self.unknown ? nil : Double(bitPattern: bits)
        }
        let prefixCount = integer()
        let counts = (integer(), integer(), integer(), integer(), integer(), integer())
        prefixes = (0..<prefixCount).map { _ in Spelling.word(take(8)) }
        epochs = (0..<counts.0).map { _ in
            Epoch(number: integer(), joules: double(), seconds: double())
        }
        checkpoints = counts.1 < 0 ? nil : (0..<counts.1).map { _ in integer() }
        arguments = counts.2 < 0 ? nil : String(decoding: take(counts.2), as: UTF8.self)
        leaves = (0..<counts.3).map { _ in UInt32(truncatingIfNeeded: Spelling.word(take(4))) }
        isConfigured = counts.5 >= 0
        unread = (0..<max(0, counts.5)).map { _ in
            ConfigurationPaths.Place(truncatingIfNeeded: Spelling.word(take(4)))
        }
        ignored = (0..<counts.4).map { _ in Array(take(Int(Spelling.word(take(4))))) }
    }
}

/// Of the details of a run what its keys are made of, read without the rest.
struct StoredInputs {
    /// Places of spellings in the vocabulary.
    private(set) var leaves: [UInt32] = []
    /// Keys that the program is known never to have read.
    private(set) var unread: [ConfigurationPaths.Place] = []
    /// Whether there is a configuration.
    private(set) var isConfigured = false
    private var scratch: [UInt8] = []

    mutating func clear() {
        leaves.removeAll(keepingCapacity: true)
        unread.removeAll(keepingCapacity: true)
        isConfigured = false
    }

    /// Takes what was at hand.
    mutating func take(_ leaves: ArraySlice<UInt32>, isConfigured: Bool) {
        clear()
        self.leaves += leaves
        self.isConfigured = isConfigured
    }

    /// Room for bytes that are read, lent until it is given back.
    mutating func takeScratch() -> [UInt8] {
        defer { scratch = [] }
        return scratch
    }

    mutating func giveScratch(_ bytes: [UInt8]) { scratch = bytes }

    /// Reads what `RunDetails.bytes` gave.
    mutating func take(_ bytes: UnsafeRawBufferPointer) {
        clear()
        func count(_ number: Int) -> Int {
            // SAFETY: loads are checked against the end of the buffer, as everywhere here.
            Int(unsafe bytes.loadUnaligned(fromByteOffset: 8 * number, as: Int64.self).littleEndian)
        }
        let head = 7
        var place =
            8 * head + 8 * count(0) + 24 * count(1) + 8 * max(0, count(2)) + max(0, count(3))
        func next() -> UInt32 {
            defer { place += 4 }
            return unsafe bytes.loadUnaligned(fromByteOffset: place, as: UInt32.self).littleEndian
        }
        for _ in 0..<count(4) { leaves.append(next()) }
        isConfigured = count(6) >= 0
        for _ in 0..<max(0, count(6)) {
            unread.append(ConfigurationPaths.Place(bitPattern: next()))
        }
    }
}
