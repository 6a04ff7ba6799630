import Glibc
import JouleMeters
import JouleQuantities
import Synchronization
import Testing

@testable import JouleSampler

@Suite("Edges on their way to the lanes")
struct EdgePostTests {
    private let none: WindowDelivery = { _ in }

    private func moments(_ edges: [WindowEdge]) -> [Int64] { edges.map(\.at) }

    @Test("Each lane takes every edge once, in their order, whoever comes first", arguments: 0..<50)
    func order(seed: Int) {
        var random = Seeded(state: UInt64(seed))
        let post = EdgePost(lanes: 3, firstHasMeters: true)
        var taken: [[Int64]] = [[], [], []]
        var open: [WindowID] = []
        var moment: Int64 = 0
        for _ in 0..<500 {
            moment += 1
            if open.isEmpty || Bool.random(using: &random) {
                let (window, refusing, wake) = post.open(at: moment)
                #expect(refusing == 0 && wake == .all)
                open.append(window)
            } else {
                let window = open.remove(at: .random(in: open.indices, using: &random))
                #expect(post.close(window, at: moment, deliver: none).unanswered == 0)
            }
            if Int.random(in: 0..<4, using: &random) == 0 {
                let lane = Int.random(in: 0..<3, using: &random)
                let (edges, count) = post.take(for: lane)
                taken[lane] += moments(edges)
                #expect(count == Int(moment))
            }
        }
        for lane in 0..<3 { taken[lane] += moments(post.take(for: lane).edges) }
        #expect(taken == Array(repeating: Array(1...moment), count: 3), "seed \(seed)")
    }

    @Test("A lane that takes nothing refuses windows in the end; what it took finds its end")
    func crowded() {
        let post = EdgePost(lanes: 2, firstHasMeters: true)
        var firstTook = 0
        var secondOpened = 0
        for round in 0..<3 * EdgePost.edgesMax {
            let (window, refusing, _) = post.open(at: 0)
            // The first lane's thread goes on, and measures every window.
            #expect(refusing == 0 || refusing == 0b10)
            if refusing == 0 { secondOpened += 1 }
            let (unanswered, _) = post.close(window, at: 1, deliver: none)
            #expect(unanswered == refusing.nonzeroBitCount)
            if round % 100 == 0 { firstTook += post.take(for: 0).edges.count }
        }
        firstTook += post.take(for: 0).edges.count
        #expect(firstTook == 6 * EdgePost.edgesMax)
        #expect(secondOpened < EdgePost.edgesMax)
        #expect(post.take(for: 1).edges.count == 2 * secondOpened)
        #expect(post.open(at: 0).refusing == 0, "there is room again")
    }

    @Test("Where no thread takes anything, what waits is bounded")
    func nobodyTakes() {
        let post = EdgePost(lanes: 1, firstHasMeters: true)
        for _ in 0..<2 * EdgePost.edgesMax {
            let (window, refusing, wake) = post.open(at: 0)
            #expect((refusing != 0) == (wake == .nobody))
            _ = post.close(window, at: 1, deliver: none)
        }
        #expect(post.count <= EdgePost.edgesMax + EdgePost.openWindowsMax)
    }

    @Test("An end goes to those who took the beginning and still run; it is said how many do not")
    func ends() {
        let post = EdgePost(lanes: 4, firstHasMeters: false)
        post.hasNoMeters(3)
        let early = post.open(at: 1).window
        let late = post.open(at: 2).window
        // The first lane answers though it has no meters, the last one has nothing to say.
        #expect(post.close(early, at: 3, deliver: none).unanswered == 1)
        #expect(post.end(2).map(moments) == [1, 2, 3])
        #expect(post.close(late, at: 4, deliver: none).unanswered == 2)
        #expect(post.close(late, at: 5, deliver: none).unanswered == 3, "it has ended")
        #expect(post.open(at: 6).refusing == 0b100)
        #expect(moments(post.take(for: 1).edges) == [1, 2, 3, 4, 6])
        #expect(post.take(for: 0).edges.isEmpty && post.take(for: 3).edges.isEmpty)
    }

    @Test("Who is left behind gets nothing any more, and who has ended is not left behind")
    func leftBehind() {
        let post = EdgePost(lanes: 2, firstHasMeters: true)
        let window = post.open(at: 1).window
        var isNoted = false
        let isLeft = post.leaveBehind(1) { isNoted = true }
        #expect(isLeft && isNoted)
        #expect(post.isLeftBehind(1) && post.take(for: 1).edges.isEmpty)
        #expect(post.end(1) == nil)
        #expect(post.close(window, at: 2, deliver: none).unanswered == 1)
        #expect(post.end(0).map(moments) == [1, 2])
        let isLeftLater = post.leaveBehind(0) { Issue.record("it has ended") }
        #expect(!isLeftLater && !post.isLeftBehind(0))
    }

    @Test("The first lane is rung alone while its thread listens; taking ends that")
    func wakes() {
        let post = EdgePost(lanes: 2, firstHasMeters: true)
        #expect(post.open(at: 1).wake == .all)
        post.listen()
        let (window, _, wake) = post.open(at: 2)
        _ = post.take(for: 1)
        #expect(wake == .first && post.close(window, at: 3, deliver: none).wake == .first)
        #expect(post.take(for: 0).count == 3 && post.count == 3)
        #expect(post.open(at: 4).wake == .all)
        post.listen()
        _ = post.end(0)
        #expect(post.open(at: 5).wake == .all)
    }
}
