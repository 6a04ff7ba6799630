import CJouleSystem
import Glibc
import JouleSystem

/// One client's side of `joulebook-meterd`, shared by all meters that it answers for.
///
/// They are read by one thread, in rounds: the first of a round asks, the others take the same answer.
final class MeterdConnection: Sendable {
    let path: String
    private let state = Lock(State())

    private struct State {
        var descriptor: Int32 = -1
        /// What the last question brought, and which meters have taken it.
        var last: Result<MeterdReply, MeterError>?
        var takers: Set<Int> = []
        /// Of the helper that answered last.
        var startedNS: UInt64?
    }

    /// How long an answer is waited for.
    private static let patienceNS: Int64 = 1_000_000_000

    init(_ path: String) { self.path = path }

    deinit { state.withLock { if $0.descriptor >= 0 { _ = close($0.descriptor) } } }

    /// The newest answer that the meter with this number has not taken yet.
    func reply(for taker: Int) throws(MeterError) -> MeterdReply {
        // No lock is held while an answer is waited for, so that a program that forks need not wait;
        // the meters of one library are never read by two threads at once.
        var now = state.withLock { $0 }
        if now.last == nil || now.takers.contains(taker) {
            now.last = ask(&now)
            now.takers = []
        }
        now.takers.insert(taker)
        state.withLock { [now] in $0 = now }
        guard let last = now.last else { throw failure("was not asked") }
        return try last.get()
    }

    private func ask(_ state: inout State) -> Result<MeterdReply, MeterError> {
        do throws(MeterError) {
            let reply = try answer(&state)
            defer { state.startedNS = reply.startedNS }
            // Its counters begin anew, and what was used meanwhile is not known.
            guard state.startedNS == nil || state.startedNS == reply.startedNS else {
                throw failure("joulebook-meterd was restarted")
            }
            return .success(reply)
        } catch {
            return .failure(error)
        }
    }

    private func answer(_ state: inout State) throws(MeterError) -> MeterdReply {
        let deadlineNS = MonotonicClock.nowNS() &+ Self.patienceNS
        if state.descriptor >= 0 {
            // One that was closed meanwhile, for instance because nothing was asked for long, is opened
            // anew; a restart is told by the answer.
            if let reply = try? exchange(on: state.descriptor, until: deadlineNS) { return reply }
            _ = close(state.descriptor)
            state.descriptor = -1
        }
        state.descriptor = try connect(until: deadlineNS)
        do throws(MeterError) {
            return try exchange(on: state.descriptor, until: deadlineNS)
        } catch {
            _ = close(state.descriptor)
            state.descriptor = -1
            throw error
        }
    }

    private func connect(until deadlineNS: Int64) throws(MeterError) -> Int32 {
        while true {
            let descriptor = unsafe joule_local_connect(path)
            if descriptor >= 0 { return descriptor }
            guard errno == EAGAIN, MonotonicClock.nowNS() < deadlineNS else {
                throw .unreadable(path: path, code: errno)
            }
            joule_sleep_until(MonotonicClock.nowNS() &+ 10_000_000)
        }
    }

    private func exchange(
        on descriptor: Int32,
        until deadlineNS: Int64
    ) throws(MeterError) -> MeterdReply {
        let request = Array(MeterdReply.request.utf8)
        // A request is far smaller than what a socket always takes.
        let sent = unsafe send(descriptor, request, request.count, Int32(MSG_NOSIGNAL))
        guard sent == request.count else { throw broken(errno) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        var lineCount: Int?
        while true {
            try wait(on: descriptor, until: deadlineNS)
            let count = unsafe recv(descriptor, &buffer, buffer.count, 0)
            if count < 0, errno == EAGAIN || errno == EINTR { continue }
            guard count > 0 else { throw broken(count < 0 ? errno : EPIPE) }
            bytes += buffer[..<count]
            lineCount = lineCount ?? MeterdReply.lineCount(head: bytes[...])
            let ends = bytes.count { $0 == UInt8(ascii: "\n") }
            guard bytes.count <= MeterdReply.sizeBytesMax, ends <= 1 + MeterdReply.countersMax
            else {
                throw malformed(bytes)
            }
            guard let lineCount, ends >= lineCount else { continue }
            guard let reply = MeterdReply(String(decoding: bytes, as: UTF8.self)) else {
                throw malformed(bytes)
            }
            return reply
        }
    }

    /// Why a connection is closed without an answer.
    static let refusal =
        "joulebook-meterd closed the connection: this process is not in its group, or too many are served"

    private func wait(on descriptor: Int32, until deadlineNS: Int64) throws(MeterError) {
        var wanted = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        let left = (deadlineNS &- MonotonicClock.nowNS()) / 1_000_000
        guard left > 0 else { throw failure("joulebook-meterd does not answer") }
        joule_wait_begin()
        _ = unsafe poll(&wanted, 1, Int32(clamping: left))
        joule_wait_end()
    }

    private func broken(_ code: Int32) -> MeterError {
        code == EPIPE || code == ECONNRESET
            ? failure(Self.refusal) : .unreadable(path: path, code: code)
    }

    private func malformed(_ bytes: [UInt8]) -> MeterError {
        .malformed(path: path, content: String(decoding: bytes.prefix(40), as: UTF8.self))
    }

    private func failure(_ reason: String) -> MeterError { .refused(call: path, reason: reason) }
}
