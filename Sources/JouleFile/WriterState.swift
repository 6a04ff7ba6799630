import CJouleSystem
import Glibc
import JouleFormat
import JouleSystem
import Synchronization

/// What the training threads and the writer's thread share besides the ring.
final class WriterState: Sendable {
    private let reservedHead = Atomic<UInt64>(0)
    private let bulkHead = Atomic<UInt64>(0)
    private let reservedQuarter = UInt64(RingGeometry.standard.slots[0] / 4)
    private let bulkQuarter = UInt64(RingGeometry.standard.slots[1] / 4)
    private let finishing = Atomic<Bool>(false)
    private let isComplete = Atomic<Bool>(false)
    private let thread = Lock<pthread_t?>(nil)
    /// Wakes the thread; -1 when the system had none to give, then the beat alone does.
    private let event = joule_event_open()
    /// Artifacts that wait for the writer's thread.
    let contents = Lock(ContentQueue())
    /// Taken by the writer's thread, and by calls that wait for the disk.
    let drain: Lock<RingDrain>
    /// Up to which slot of each area everything is on disk.
    let confirmed = Lock<[UInt64]>([0, 0])
    private let unconfirmed = Atomic<Int>(0)
    private let late = Atomic<Int>(0)
    private let ringFailed = Atomic<Bool>(false)
    /// When what went wrong with files.
    let faults = Lock<[(at: Double, fault: FileFault)]>([])

    init(drain: consuming RingDrain) {
        self.drain = Lock(drain)
    }

    deinit {
        if event >= 0 { close(event) }
    }

    /// Calls that waited for the disk in vain.
    var unconfirmedCalls: Int { unconfirmed.load(ordering: .relaxed) }

    /// Rows and documents that came behind the end.
    var lateRows: Int { late.load(ordering: .relaxed) }

    func noteLate() {
        late.wrappingAdd(1, ordering: .relaxed)
    }

    /// Whether the ring could not be brought to disk once.
    var isRingFailed: Bool { ringFailed.load(ordering: .relaxed) }

    func failRing() {
        ringFailed.store(true, ordering: .relaxed)
    }

    func noteUnconfirmed() {
        unconfirmed.wrappingAdd(1, ordering: .relaxed)
    }

    var isFinishing: Bool { finishing.load(ordering: .acquiring) }

    func setHead(of area: Int, _ slot: UInt64) {
        // Called under the area's lock, so nobody else moves the head between these lines.
        let before = head(of: area)
        if area == 0 {
            reservedHead.store(slot, ordering: .releasing)
        } else {
            bulkHead.store(slot, ordering: .releasing)
        }
        // Each quarter of a lap is a moment to look whether a block is due; it costs one wake.
        if (before ^ slot) >= (area == 0 ? reservedQuarter : bulkQuarter) { wake() }
    }

    func head(of area: Int) -> UInt64 {
        area == 0 ? reservedHead.load(ordering: .acquiring) : bulkHead.load(ordering: .acquiring)
    }

    /// By area; whatever was logged before one of the bulk's rows is within them, too.
    var heads: [UInt64] {
        let bulk = head(of: 1)
        return [head(of: 0), bulk]
    }

    func wake() {
        joule_event_wake(event)
    }

    /// Waits for a wake, at most `milliseconds`.
    func wait(milliseconds: Int32) {
        joule_event_wait(event, milliseconds)
    }

    func adopt(_ thread: pthread_t) {
        self.thread.withLock { $0 = thread }
    }

    /// Processor time of the thread, which lives as long as it is held here.
    var threadCPUNS: Int64? {
        thread.withLock { thread in
            var clock = clockid_t()
            var time = timespec()
            guard let thread, unsafe pthread_getcpuclockid(thread, &clock) == 0,
                unsafe clock_gettime(clock, &time) == 0
            else { return nil }
            return Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
        }
    }

    /// Whether everything reached the file, and it is closed.
    var isClosed: Bool { isComplete.load(ordering: .acquiring) }

    func complete() {
        isComplete.store(true, ordering: .releasing)
    }

    /// Ends the thread after its last drain; whether everything reached the file.
    func finish() -> Bool {
        finishing.store(true, ordering: .sequentiallyConsistent)
        wake()
        if let thread = thread.withLock({ $0.take() }) { pthread_join(thread, nil) }
        return isClosed
    }
}
