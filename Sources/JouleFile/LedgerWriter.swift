import CJouleSystem
import Glibc
import JouleFormat
package import JouleQuantities
import JouleSystem

/// Appends the rows of one run of one process to one ledger, from any thread.
///
/// Rows go into a ring that outlives the process; a thread of the writer's own cuts blocks from it.
/// No call but `create` and `finish` touches the disk, waits, or fails, unless the durability that
/// was asked for says so: a row that cannot be kept is counted and reported by its return value. In
/// a forked child every call does nothing.
package final class LedgerWriter: Sendable {
    /// The ledger file.
    package let path: String
    let policy: WriterPolicy
    let generation: UInt32
    let ring: RingMemory
    /// Rows that must not be lost, and META.
    let reserved: Lock<RingArea>
    /// Steps and telemetry.
    let bulk: Lock<RingArea>
    let epochMetrics = Lock(MetricRegistry(.epochs))
    let stepMetrics = Lock(MetricRegistry(.steps))
    /// How many of the columns of ranges of steps are told.
    let rangeColumns = Lock(0)
    /// META documents too long for the ring, or for which it had no room.
    let pendingMeta = Lock(PendingDocuments())
    let state: WriterState
    /// See `atEachBeat`.
    let beatWork = Lock<(@Sendable () -> Void)?>(nil)

    /// Creates the ledger with the run's record in it.
    ///
    /// The directory must exist. The record says what durability is in force, and why there is no
    /// ring where one was wanted.
    ///
    /// Throws `.system` when the file exists or cannot be written.
    package static func create(
        at path: String,
        run: RunRecord,
        durability: Durability = .ring,
        ring kind: RingKind = .automatic,
        timing: WriterTiming = WriterTiming()
    ) throws(LedgerError) -> LedgerWriter {
        var appender = try LedgerAppender(
            creating: path,
            header: FileHeader(createdNS: UInt64(clamping: Self.wallClockNS()))
        )
        let isMapped = kind == .automatic && durability != .none
        var ringPath: String?
        do throws(LedgerError) {
            let ring =
                isMapped
                ? try RingMemory(beside: path, fileID: appender.fileID) : try RingMemory()
            ringPath = ring.path
            let policy = WriterPolicy(asked: durability, hasRing: ring.path != nil, timing: timing)
            var record = run.header
            record["durability"] = .string(policy.inForce.rawValue)
            if let reason = ring.absence {
                var absent = record["absent"]?.object ?? JSONObject()
                absent["ring"] = .string(reason)
                record["absent"] = .object(absent)
            }
            let document = Self.document(settingUp: .object(record))
            try appender.append(meta: [document])
            let drain = RingDrain(appender: appender, policy: policy, record: document)
            let writer = LedgerWriter(path: path, policy: policy, ring: ring, drain: drain)
            // Whoever asks calls to wait wants to find the file again, too.
            if !policy.mayReuseEarly { writer.synchronizeNames() }
            try writer.startThread()
            return writer
        } catch {
            unsafe unlink(path)
            if let ringPath { unsafe unlink(ringPath) }
            throw error
        }
    }

    private init(
        path: String,
        policy: WriterPolicy,
        ring: consuming RingMemory,
        drain: consuming RingDrain
    ) {
        self.path = path
        self.policy = policy
        generation = joule_fork_generation()
        reserved = Lock(RingArea(ring, area: 0))
        bulk = Lock(RingArea(ring, area: 1))
        self.ring = ring
        state = WriterState(drain: drain)
    }

    /// The durability in force.
    package var durability: Durability { policy.inForce }

    /// Why there is no ring file where one was wanted.
    package var ringAbsence: String? { ring.absence }

    /// Whether rows survive `kill -9` at once.
    package var isCrashProof: Bool { policy.hasRing }

    /// Whether `finish` has brought everything to the file and closed it.
    package var isClosed: Bool { state.isClosed }

    /// Whether calls still write: not in a forked child, not after `finish`.
    package var isActive: Bool {
        joule_fork_generation() == generation && !state.isFinishing
    }

    /// Has the writer's thread do something small besides at each beat, about once a second.
    package func atEachBeat(_ work: @escaping @Sendable () -> Void) {
        beatWork.withLock { $0 = work }
    }

    static func wallClockNS() -> Int64 {
        var now = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &now)
        return Int64(now.tv_sec) &* 1_000_000_000 &+ Int64(now.tv_nsec)
    }

    // MARK: Rows

    /// Logs a step; false when the row was dropped, or could not be confirmed as asked, and counted.
    @discardableResult
    package func appendStep(_ step: Int64, at time: WallTime, cells: Span<MetricCell>) -> Bool {
        let isKept = append(TableID.steps, count: 3 + cells.count) { area in
            area.put(column: 0, 0)
            area.put(column: 1, UInt64(bitPattern: step))
            area.put(column: 2, UInt64(bitPattern: time.unixNanoseconds))
            for index in cells.indices {
                area.put(column: cells[index].id.column, cells[index].value.bitPattern)
            }
        }
        return policy.asked == .every ? isKept && confirm() : isKept
    }

    /// Logs an epoch.
    ///
    /// `index` counts the run's epochs from 0, whatever their numbers.
    @discardableResult
    package func appendEpoch(
        index: Int64,
        number: Int64,
        started: WallTime,
        durationNS: Int64,
        cells: Span<MetricCell>
    ) -> Bool {
        let isKept = append(TableID.epochs, count: 5 + cells.count) { area in
            area.put(column: 0, 0)
            area.put(column: 1, UInt64(bitPattern: index))
            area.put(column: 2, UInt64(bitPattern: number))
            area.put(column: 3, UInt64(bitPattern: started.unixNanoseconds))
            area.put(column: 4, Self.seconds(durationNS))
            for index in cells.indices {
                area.put(column: cells[index].id.column, cells[index].value.bitPattern)
            }
        }
        if !policy.mayReuseEarly { return isKept && confirm() }
        if policy.cutsEarly { state.wake() }
        return isKept
    }

    /// Logs a named part of an epoch, or of the run when `epochIndex` is nil; with a range, one of
    /// steps.
    ///
    /// `ordinal` counts the run's phases from 0.
    @discardableResult
    package func appendPhase(
        _ ordinal: Int64,
        name: String,
        epochIndex: Int64?,
        range: StepRange? = nil,
        started: WallTime,
        durationNS: Int64
    ) -> Bool {
        if range != nil, isActive, !tellRangeColumns() { return false }
        let rangeCells = range.map { $0.within == nil ? 2 : 3 } ?? 0
        let count = (epochIndex == nil ? 5 : 6) + rangeCells
        let isKept = append(TableID.phases, count: count) { area in
            area.put(column: 0, 0)
            area.put(column: 1, UInt64(bitPattern: ordinal))
            if let epochIndex { area.put(column: 2, UInt64(bitPattern: epochIndex)) }
            area.put(column: 3, text: name)
            area.put(column: 4, UInt64(bitPattern: started.unixNanoseconds))
            area.put(column: 5, Self.seconds(durationNS))
            guard let range else { return }
            area.put(column: Self.firstRangeColumn, UInt64(bitPattern: range.first))
            area.put(column: Self.firstRangeColumn + 1, UInt64(bitPattern: range.last))
            guard let within = range.within else { return }
            area.put(column: Self.firstRangeColumn + 2, UInt64(bitPattern: within))
        }
        return policy.asked == .every ? isKept && confirm() : isKept
    }

    /// Logs what one meter observed over a window.
    @discardableResult
    package func appendEnergy(_ window: EnergyWindow, meter: Int, _ measured: MeasuredEnergy)
        -> Bool
    {
        let uncertainty = measured.uncertaintyRelative
        return append(TableID.energy, count: uncertainty == nil ? 7 : 8) { area in
            area.put(column: 0, 0)
            area.put(column: 1, window.kind)
            area.put(column: 2, UInt64(bitPattern: window.number))
            area.put(column: 3, UInt64(meter))
            area.put(column: 4, Self.rounded(measured.energy.joules))
            area.put(column: 5, Self.rounded(measured.coverage))
            if let uncertainty { area.put(column: 6, Self.rounded(uncertainty)) }
            area.put(column: 7, UInt64(measured.flags.rawValue))
        }
    }

    /// Logs one reading of a meter: joules since the run began, or watts, or both.
    @discardableResult
    package func appendTelemetry(
        meter: Int,
        at time: WallTime,
        energyJoules: Double?,
        powerWatts: Double?
    ) -> Bool {
        let count = 3 + (energyJoules == nil ? 0 : 1) + (powerWatts == nil ? 0 : 1)
        return append(TableID.telemetry, count: count) { area in
            area.put(column: 0, 0)
            area.put(column: 1, UInt64(meter))
            area.put(column: 2, UInt64(bitPattern: time.unixNanoseconds))
            if let energyJoules { area.put(column: 3, Self.rounded(energyJoules)) }
            if let powerWatts { area.put(column: 4, Self.rounded(powerWatts)) }
        }
    }

    private static func seconds(_ nanoseconds: Int64) -> UInt64 {
        (Double(nanoseconds) / 1e9).bitPattern
    }

    /// What we measured ourselves is kept to the micro-unit, below any meter's resolution: sums are
    /// then exact and the bytes few.
    ///
    /// What programs log is never rounded.
    static func rounded(_ value: Double) -> UInt64 {
        let scaled = (value * 1e6).rounded()
        return (scaled.magnitude < 0x1p53 ? scaled / 1e6 : value).bitPattern
    }

    // MARK: The ring

    @inline(__always)
    private func append(_ table: UInt16, count: Int, _ fill: (inout RingArea) -> Void) -> Bool {
        guard isActive else {
            noteLate(table)
            return false
        }
        return RingLayout.area(of: table) == 0
            ? push(in: reserved, 0, table, count, fill) : push(in: bulk, 1, table, count, fill)
    }

    @inline(__always)
    private func push(
        in mutex: borrowing Lock<RingArea>,
        _ area: Int,
        _ table: UInt16,
        _ count: Int,
        _ fill: (inout RingArea) -> Void
    ) -> Bool {
        mutex.withLock { ringArea in
            ringArea.begin(table: table, cells: count)
            fill(&ringArea)
            let outcome = publish(&ringArea, area)
            if outcome != .kept { note(outcome, table: table) }
            return outcome == .kept
        }
    }

    private func publish(_ ringArea: inout RingArea, _ area: Int) -> RingArea.Push {
        let outcome = ringArea.push(tail: ring.tail(of: area))
        state.setHead(of: area, ringArea.head)
        return outcome
    }

    /// An entry that is not a row; false when the ring has no room for it.
    func push(_ payload: [UInt8], table: UInt16) -> Bool {
        withArea(of: table) { ringArea in
            ringArea.fill(payload)
            let outcome = publish(&ringArea, RingLayout.area(of: table))
            // A document is kept elsewhere, and what comes too late is told by its row.
            if table != TableID.none, outcome == .full || outcome == .tooLong {
                note(outcome, table: table)
            }
            return outcome == .kept
        }
    }

    // MARK: The end

    /// Writes everything, with status and summary, and closes the file; waits until that is done.
    ///
    /// False when the disk refused: then the ring stays beside the ledger and nothing is lost.
    @discardableResult
    package func finish(status: RunStatus, ended: WallTime, metrics: JSONObject?) -> Bool {
        var end = JSONObject()
        end["status"] = .string(status.rawValue)
        end["ended"] = .double(ended.unixSeconds)
        end["metrics"] = metrics.map(JSON.object)
        if Self.document(settingUp: .object(end)).count > PendingDocuments.documentSizeMax {
            end["metrics"] = nil
            countDrop(TableID.none, .refused)
        }
        annotate(.object(end))
        guard joule_fork_generation() == generation else { return true }
        closeRing()
        let isDone = state.finish()
        if !isDone { countWaiting() }
        return isDone
    }
}

/// Where the newest rows are kept until a block covers them.
package enum RingKind: Sendable, Hashable {
    /// In a mapped file where that is safe and wanted, else in memory.
    case automatic
    /// In memory, as on network file systems: rows survive a kill from the next block on.
    case memory
}
