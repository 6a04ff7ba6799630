import JouleFile
import JouleQuantities

/// A batch of runs whose documents and rows have been read, without anything that runs of other batches
/// know of.
///
/// What recurs has a number; what a number stands for is told once, in the batch that has it first.
struct ReadBatch: Sendable {
    /// What a plain document says of its run.
    struct Facts: Sendable {
        let id: RunID
        /// As it was spelt.
        let seed: JSON?
        let started: WallTime?
        let ended: WallTime?
        let duration: Double
        let energy: Double?
        let checkpoints: [Int]?
        /// Numbers of what recurs.
        let setting: Int
        let circumstance: Int
        let sweep: Int?
        let ending: Int
        /// Among `metrics`, in the order of the document.
        let metrics: Range<Int>
        /// Among `ignored`.
        let ignored: Range<Int>
    }

    /// A leaf of a configuration: one of those that were seen last, by its slot, or a new one that may
    /// take a slot.
    struct Leaf: Sendable {
        private let word: UInt32

        private static let new: UInt32 = 1 << 31
        private static let noSlot: UInt32 = 1 << 30

        init(slot: Int) { word = UInt32(slot) }
        init(newIn slot: Int?) {
            word = slot.map { UInt32($0) | Self.new } ?? Self.noSlot | Self.new
        }

        var isNew: Bool { word & Self.new != 0 }
        /// Nil for a new one that takes none.
        var slot: Int? { word & Self.noSlot != 0 ? nil : Int(word & ~Self.new) }
    }

    /// Texts, one behind the other.
    struct Texts: Sendable {
        private var bytes: [UInt8] = []
        private var ends: [Int] = []

        var count: Int { ends.count }

        subscript(place: Int) -> ArraySlice<UInt8> {
            bytes[(place == 0 ? 0 : ends[place - 1])..<ends[place]]
        }

        mutating func append(_ text: [UInt8]) {
            bytes += text
            ends.append(bytes.count)
        }
    }

    let batch: RunBatch
    /// What the rows say; nil where that is left to who takes the batch.
    let courses: EpochCourses?
    /// Nil for a run that takes a record to understand.
    var runs: [Facts?] = []
    /// The leaves that count, and behind which of them those of each run end, plain or not.
    var leaves: [Leaf] = []
    var leavesEnds: [Int] = []
    /// New leaves as they are spelt, in the order in which `leaves` has them.
    var spellings = Texts()
    /// Leaves that do not count.
    var ignored = Texts()
    /// Final metrics that tell results; nil for an explicit null.
    var metrics: [Double?] = []

    // What numbers stand for, from the first one on that no batch before had.
    var paths: ArraySlice<ConfigurationPaths.Path> = []
    var endings: ArraySlice<DocumentTree.Ending> = []
    /// Members that make a setting, and a byte that tells whether there is a configuration.
    var settings = Texts()
    var circumstances = Texts()
    var sweeps = Texts()

    init(_ batch: RunBatch, _ courses: EpochCourses?) {
        self.batch = batch
        self.courses = courses
    }
}

/// Numbers texts that recur.
struct RecurringTexts {
    private var table = ByteTable()
    /// Of the first one in the table.
    private var first = 0

    /// Beyond this many texts what was seen is forgotten, and gets another number.
    private static let countMax = 100_000

    /// The number of `text`; a new one is appended to `new`.
    mutating func number(of text: [UInt8], _ new: inout ReadBatch.Texts) -> Int {
        if table.count >= Self.countMax {
            first += table.count
            table.removeAll()
        }
        let (place, isNew) = table.place(of: text)
        if isNew { new.append(text) }
        return first + Int(place)
    }
}
