import CJouleMeterd
import CJouleSystem
import Glibc
import JouleMeters

/// Answers clients on one thread, with everything bounded: their number, what is heard of them, how long
/// they may be silent, and how often anybody is looked after.
struct Server {
    static let clientsMax = 256
    static let clientsOfOneUserMax = 32
    /// Open at once: clients, one that is about to be refused, the socket and the standard streams.
    static let descriptorsMax = clientsMax + 8

    /// A client that does not ask for so long is put out; asking again takes a new connection.
    private static let silenceNSMax: Int64 = 30_000_000_000
    /// Rounds begin at least so far apart, so that no client can keep a processor busy.
    private static let roundNSMin: Int64 = 2_000_000
    private static let acceptedMax = 256

    private struct Client {
        let descriptor: Int32
        let user: uid_t
        /// Bytes of a request so far.
        var heard = 0
        /// When it came or was answered.
        var atNS: Int64
        var isDone = false
    }

    private let listener: Int32
    private let group: gid_t
    private var counters: CounterSet
    private var clients: [Client] = []
    private var waits: [pollfd] = []
    private var buffer = [UInt8](repeating: 0, count: 64)
    private let request = Array(MeterdReply.request.utf8)

    init(_ counters: CounterSet, listener: Int32, group: gid_t) {
        self.counters = counters
        self.listener = listener
        self.group = group
        clients.reserveCapacity(Self.clientsMax)
        waits.reserveCapacity(Self.clientsMax + 1)
    }

    /// Serves; returns only when it cannot go on.
    mutating func run() -> Failure {
        var beatNS = MonotonicClock.nowNS() &+ CounterSet.beatNS
        while true {
            let dueNS = MonotonicClock.nowNS()
            if dueNS >= beatNS {
                counters.sample(at: dueNS)
                // Missed beats are skipped.
                beatNS &+= ((dueNS &- beatNS) / CounterSet.beatNS &+ 1) &* CounterSet.beatNS
                if counters.isBroken {
                    return .system("a counter failed for ten seconds; start again to look for it")
                }
                putOutSilent(at: dueNS)
            }
            let count = wait(until: beatNS)
            guard count >= 0 || errno == EINTR || errno == ENOMEM else {
                return .system("waiting for clients: \(systemMessage(errno))")
            }
            guard count > 0 else {
                // Without memory poll does not wait.
                if count < 0 {
                    joule_sleep_until(min(MonotonicClock.nowNS() &+ Self.roundNSMin, beatNS))
                }
                continue
            }
            let nowNS = MonotonicClock.nowNS()
            for place in clients.indices where waits[place + 1].revents != 0 {
                clients[place].isDone = !serve(place, at: nowNS)
            }
            dismissDone()
            if waits[0].revents != 0 { acceptSome(at: nowNS) }
            joule_sleep_until(min(nowNS &+ Self.roundNSMin, beatNS))
        }
    }

    /// As poll(2) answers; the places of `waits` are the listener's and then the clients'.
    private mutating func wait(until beatNS: Int64) -> Int32 {
        waits.removeAll(keepingCapacity: true)
        waits.append(pollfd(fd: listener, events: Int16(POLLIN), revents: 0))
        for client in clients {
            waits.append(pollfd(fd: client.descriptor, events: Int16(POLLIN), revents: 0))
        }
        let milliseconds = max(0, (beatNS &- MonotonicClock.nowNS() &+ 999_999) / 1_000_000)
        return unsafe poll(&waits, nfds_t(waits.count), Int32(clamping: milliseconds))
    }

    // MARK: Connections

    private mutating func acceptSome(at nowNS: Int64) {
        for _ in 0..<Self.acceptedMax {
            let descriptor = joule_meterd_accept(listener)
            guard descriptor >= 0 else { return }
            var user: uid_t = 0
            guard unsafe joule_meterd_admits(descriptor, group, &user), hasRoom(for: user) else {
                _ = close(descriptor)
                continue
            }
            clients.append(Client(descriptor: descriptor, user: user, atNS: nowNS))
        }
    }

    private func hasRoom(for user: uid_t) -> Bool {
        clients.count < Self.clientsMax
            && clients.count { $0.user == user } < Self.clientsOfOneUserMax
    }

    private mutating func putOutSilent(at nowNS: Int64) {
        for place in clients.indices where nowNS &- clients[place].atNS > Self.silenceNSMax {
            clients[place].isDone = true
        }
        dismissDone()
    }

    private mutating func dismissDone() {
        for client in clients where client.isDone { _ = close(client.descriptor) }
        clients.removeAll { $0.isDone }
    }

    // MARK: Requests

    /// Hears a client and answers when its request is whole; false when it is to be put out.
    private mutating func serve(_ place: Int, at nowNS: Int64) -> Bool {
        let client = clients[place]
        let count = unsafe recv(client.descriptor, &buffer, buffer.count, 0)
        guard count > 0 else { return count < 0 && (errno == EAGAIN || errno == EINTR) }
        // One request at a time, and nothing else.
        guard client.heard + count <= request.count,
            buffer[..<count] == request[client.heard..<client.heard + count]
        else { return false }
        guard client.heard + count == request.count else {
            clients[place].heard += count
            return true
        }
        clients[place].heard = 0
        clients[place].atNS = nowNS
        // One that does not read what it asked for is not waited for.
        let flags = Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT)
        return unsafe send(client.descriptor, counters.reply, counters.reply.count, flags)
            == counters.reply.count
    }
}
