import Glibc
import JouleFormat
import JouleSystem

/// The blocks that lie whole in a stretch of a ledger, their payloads checked and their leaves hashed on
/// all processors at once.
struct CheckedBlocks {
    /// Leaves by the place of their block, for those that are what was written.
    private var leaves: [Int: Digest] = [:]

    /// A thread costs as much time as hashing so many bytes saves.
    private static let shareMin = 256 << 10
    private static let threadsMax = 8

    init() {}

    /// Of `bytes`, which start with a block; places are those of the slice.
    init(in bytes: ArraySlice<UInt8>, salt: UInt32) {
        var places: [Int] = []
        var end = bytes.startIndex
        while let size = Self.size(bytes[end...], salt: salt) {
            places.append(end)
            end += size
        }
        let shares = Self.shares(of: places, size: end - bytes.startIndex)
        guard shares.count > 1 else { return }
        let tasks = shares.map { CheckingTask(bytes, places[$0], salt: salt) }
        let threads = tasks.dropFirst().map { task in
            try? startThread("joulebook") { task.run() }
        }
        tasks.first?.run()
        for (task, thread) in zip(tasks.dropFirst(), threads) {
            if let thread { pthread_join(thread, nil) } else { task.run() }
        }
        for task in tasks { leaves.merge(task.leaves.withLock { $0 }) { $1 } }
    }

    /// The leaf of the block at `place`; nil when it was not looked at or is not whole.
    func leaf(at place: Int) -> Digest? { leaves[place] }

    /// Bytes of the block or trailer that `bytes` begin with; nil when it is none that is all there.
    private static func size(_ bytes: ArraySlice<UInt8>, salt: UInt32) -> Int? {
        if (try? BlockDecoder.trailer(bytes, salt: salt)) != nil { return Layout.trailerSize }
        guard let header = try? BlockDecoder.blockHeader(bytes, salt: salt),
            header.storedSize <= bytes.count
        else { return nil }
        return header.storedSize
    }

    /// The places in as many parts as are worth a thread each.
    private static func shares(of places: [Int], size: Int) -> [Range<Int>] {
        let processors = max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))))
        let count = min(size / shareMin, processors, threadsMax, places.count)
        guard count > 1 else { return [] }
        return (0..<count).map { part in
            places.count * part / count..<places.count * (part + 1) / count
        }
    }
}

/// One thread's part.
private final class CheckingTask: Sendable {
    private let bytes: ArraySlice<UInt8>
    private let places: ArraySlice<Int>
    private let salt: UInt32
    let leaves = Lock<[Int: Digest]>([:])

    init(_ bytes: ArraySlice<UInt8>, _ places: ArraySlice<Int>, salt: UInt32) {
        self.bytes = bytes
        self.places = places
        self.salt = salt
    }

    func run() {
        var found: [Int: Digest] = [:]
        for place in places {
            let stored = bytes[place...]
            guard let header = try? BlockDecoder.blockHeader(stored, salt: salt),
                (try? BlockDecoder.payload(stored, header: header)) != nil
            else { continue }
            found[place] = BlockDecoder.leaf(stored, header: header)
        }
        leaves.withLock { $0 = found }
    }
}
