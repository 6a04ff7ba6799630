import JouleSystem

/// Lanes of a sampler, by their numbers; that of the kernel's files is the first.
typealias LaneSet = UInt128

/// Where callers leave the edges of windows, for all lanes at once.
///
/// What an edge costs its caller is memory that another processor wrote last. So a caller takes one
/// lock and touches nothing of any lane. The lanes' threads fetch what was left and share it out
/// among all lanes, whichever of them comes first, so that none depends on a thread that hangs.
///
/// A caller holds the lock of the `desk` while it leaves one edge; a thread holds that of the
/// `shelves` and, within it, the other one, so that each lane's edges stay in the order in which
/// they were left. No meter and no delivery is called under either: a thread that hangs holds none.
///
/// Behind an edge its caller rings the first lane's bell, and that lane's thread those of the
/// others. Where that thread does not listen, because it reads, hangs or has ended, the caller rings
/// all. It stops listening when it takes its edges, in one turn with reading `count`: an edge is
/// either in that count, and the thread rings, or left later, and its caller rings.
final class EdgePost: Sendable {
    /// Windows that may be open at once.
    static let openWindowsMax = 4096
    /// Edges that may wait when a window is opened, on the desk and for each lane; ends of windows
    /// always find room.
    static let edgesMax = 4 * openWindowsMax
    static let lanesMax = LaneSet.bitWidth

    private let desk: Lock<Desk>
    private let shelves: Lock<Shelves>

    /// Whose bells are to be rung behind an edge.
    enum Wake {
        case nobody
        case first
        case all
    }

    private struct LeftEdge {
        let edge: WindowEdge
        /// Who takes it.
        let takers: LaneSet
    }

    /// What callers touch.
    private struct Desk {
        var edges: [LeftEdge] = []
        /// Edges that were ever left.
        var count = 0
        /// Mostly few, of which the last one ends first.
        var windows: [(number: Int, takers: LaneSet)] = []
        var nextWindow = 1
        /// Lanes that have meters; before anybody has looked, a driver's is taken to have some.
        var metered: LaneSet
        /// Lanes whose threads take edges.
        var running: LaneSet
        /// Lanes for which so many edges wait that they take no more windows.
        var crowded: LaneSet = 0
        /// Whether the first lane's thread rings for edges that come now.
        var isListening = false

        mutating func leave(_ edge: consuming WindowEdge, for takers: LaneSet) -> Wake {
            guard takers != 0 else { return .nobody }
            edges.append(LeftEdge(edge: edge, takers: takers))
            count &+= 1
            return isListening ? .first : .all
        }
    }

    /// What threads touch.
    private struct Shelves {
        var lanes: [Shelf]
        /// On their way from the desk; empty but for its room.
        var fetched: [LeftEdge] = []
        var crowded: LaneSet = 0
    }

    private struct Shelf {
        var edges: [WindowEdge] = []
        /// No thread takes edges any more.
        var hasEnded = false
        /// Nobody waits any longer for what the thread has to say.
        var isLeftBehind = false
    }

    /// So many edges are copied from the desk, whose memory its callers then keep; more are taken
    /// with it.
    private static let copiedMax = 64

    /// `lanes` of them, `lanesMax` at the most; whether the first one has meters is known.
    init(lanes: Int, firstHasMeters: Bool) {
        let all = LaneSet.max >> (LaneSet.bitWidth - lanes)
        var desk = Desk(metered: firstHasMeters ? all : all & ~1, running: all)
        desk.edges.reserveCapacity(Self.copiedMax)
        desk.windows.reserveCapacity(8)
        var shelves = Shelves(lanes: Array(repeating: Shelf(), count: lanes))
        shelves.fetched.reserveCapacity(Self.copiedMax)
        self.desk = Lock(desk)
        self.shelves = Lock(shelves)
    }

    // MARK: Callers

    /// Begins a window; lanes with meters that refuse it will not measure it.
    func open(at nanoseconds: Int64) -> (window: WindowID, refusing: LaneSet, wake: Wake) {
        desk.withLock { desk in
            let id = WindowID(number: desk.nextWindow)
            desk.nextWindow &+= 1
            let hasRoom =
                desk.windows.count < Self.openWindowsMax && desk.edges.count < Self.edgesMax
            let takers = hasRoom ? desk.metered & desk.running & ~desk.crowded : 0
            if takers != 0 { desk.windows.append((id.number, takers)) }
            let wake = desk.leave(.opened(id, at: nanoseconds), for: takers)
            return (id, desk.metered & ~takers, wake)
        }
    }

    /// Ends a window.
    ///
    /// Lanes that took its beginning and still run answer it; for each other one of those that
    /// answer every window, the first and all that have meters, `unanswered` counts one.
    func close(
        _ id: WindowID,
        at nanoseconds: Int64,
        deliver: @escaping WindowDelivery
    ) -> (unanswered: Int, wake: Wake) {
        desk.withLock { desk in
            var takers: LaneSet = 0
            if let place = desk.windows.lastIndex(where: { $0.number == id.number }) {
                takers = desk.windows[place].takers & desk.running
                let last = desk.windows.removeLast()
                if place < desk.windows.count { desk.windows[place] = last }
            }
            let wake = desk.leave(.closed(id, at: nanoseconds, deliver), for: takers)
            return (((desk.metered | 1) & ~takers).nonzeroBitCount, wake)
        }
    }

    // MARK: Threads

    /// From now on the first lane's thread rings the others' bells when its own is rung.
    func listen() {
        desk.withLock { $0.isListening = true }
    }

    /// Edges that were ever left.
    var count: Int { desk.withLock { $0.count } }

    /// What waits for a lane, and the `count`; the first lane's thread stops to listen.
    func take(for lane: Int) -> (edges: [WindowEdge], count: Int) {
        shelves.withLock { shelves in
            let count = shareOut(&shelves) { if lane == 0 { $0.isListening = false } }
            return (clear(lane, &shelves), count)
        }
    }

    /// Says that a lane has no meters, so that it answers no window but those that it took.
    func hasNoMeters(_ lane: Int) {
        desk.withLock { $0.metered &= ~(1 << LaneSet(lane)) }
    }

    /// Ends a lane, which takes no edge any more but what waits for it; nil when it was left behind.
    func end(_ lane: Int) -> [WindowEdge]? {
        shelves.withLock { shelves in
            guard !shelves.lanes[lane].isLeftBehind else { return nil }
            return end(lane, &shelves)
        }
    }

    /// Leaves a lane behind and drops what waits for it; false when it had ended.
    ///
    /// `note` is called before the lane's thread can see that it was.
    func leaveBehind(_ lane: Int, _ note: () -> Void) -> Bool {
        let dropped = shelves.withLock { shelves -> [WindowEdge]? in
            guard !shelves.lanes[lane].hasEnded else { return nil }
            note()
            shelves.lanes[lane].isLeftBehind = true
            return end(lane, &shelves)
        }
        return dropped != nil
    }

    func isLeftBehind(_ lane: Int) -> Bool {
        shelves.withLock { $0.lanes[lane].isLeftBehind }
    }

    private func end(_ lane: Int, _ shelves: inout Shelves) -> [WindowEdge] {
        _ = shareOut(&shelves) { desk in
            desk.running &= ~(1 << LaneSet(lane))
            if lane == 0 { desk.isListening = false }
        }
        shelves.lanes[lane].hasEnded = true
        return clear(lane, &shelves)
    }

    /// Moves what was left to the shelves of those who take it, in one turn with a `change` of the
    /// desk; returns the `count`.
    private func shareOut(_ shelves: inout Shelves, _ change: (inout Desk) -> Void) -> Int {
        let count = desk.withLock { desk in
            change(&desk)
            if desk.edges.count <= Self.copiedMax {
                shelves.fetched += desk.edges
                desk.edges.removeAll(keepingCapacity: true)
            } else {
                swap(&shelves.fetched, &desk.edges)
            }
            return desk.count
        }
        guard !shelves.fetched.isEmpty else { return count }
        let before = shelves.crowded
        for left in shelves.fetched {
            var takers = left.takers
            while takers != 0 {
                let lane = takers.trailingZeroBitCount
                takers &= takers &- 1
                shelves.lanes[lane].edges.append(left.edge)
                if shelves.lanes[lane].edges.count >= Self.edgesMax {
                    shelves.crowded |= 1 << LaneSet(lane)
                }
            }
        }
        let isLarge = shelves.fetched.count > Self.copiedMax
        shelves.fetched.removeAll(keepingCapacity: !isLarge)
        if isLarge { shelves.fetched.reserveCapacity(Self.copiedMax) }
        if shelves.crowded != before { tellCrowded(shelves) }
        return count
    }

    private func clear(_ lane: Int, _ shelves: inout Shelves) -> [WindowEdge] {
        let edges = shelves.lanes[lane].edges
        shelves.lanes[lane].edges = []
        if shelves.crowded >> LaneSet(lane) & 1 == 1 {
            shelves.crowded &= ~(1 << LaneSet(lane))
            tellCrowded(shelves)
        }
        return edges
    }

    private func tellCrowded(_ shelves: borrowing Shelves) {
        let crowded = shelves.crowded
        desk.withLock { $0.crowded = crowded }
    }
}
