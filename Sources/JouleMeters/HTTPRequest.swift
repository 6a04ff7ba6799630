import CJouleSystem
import FoundationEssentials
import Glibc
import JouleQuantities

/// One plain GET of a small document, on the thread of an external meter.
///
/// HTTP/1.0 with `Connection: close`, so that the answer ends with the connection; of chunks, the
/// decoding is here because some servers send them all the same.
struct HTTPRequest: Sendable, Hashable {
    let host: String
    let port: String
    /// Whether it is sent over TLS, by `HTTPSConnection`.
    let isSecure: Bool
    /// With its query.
    let path: String
    /// `user:password`, sent as basic authentication; never recorded.
    let credentials: String?

    /// Bytes of an answer that are read at most.
    private static let sizeBytesMax = 1 << 20

    /// The body of the answer; gives up `secondsMax` after the call.
    func body(secondsMax: Double) throws(MeterError) -> [UInt8] {
        let deadlineNS = MonotonicClock.nowNS() &+ Int64(secondsMax * 1e9)
        let connection = try connect(until: deadlineNS)
        defer { _ = close(connection) }
        try send(on: connection, until: deadlineNS)
        return try content(of: try receive(from: connection, until: deadlineNS))
    }

    // MARK: The connection

    private func connect(until deadlineNS: Int64) throws(MeterError) -> Int32 {
        var hints = unsafe addrinfo()
        unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var found: UnsafeMutablePointer<addrinfo>?
        let code = unsafe getaddrinfo(host, port, &hints, &found)
        guard code == 0, let first = unsafe found else {
            // SAFETY: the text is a constant of the C library.
            throw failure(unsafe String(cString: gai_strerror(code)))
        }
        defer { unsafe freeaddrinfo(first) }
        var last = "no address"
        var next: UnsafeMutablePointer<addrinfo>? = unsafe first
        while let address = unsafe next {
            unsafe next = address.pointee.ai_next
            let type = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
            let descriptor = unsafe socket(address.pointee.ai_family, type, 0)
            guard descriptor >= 0 else {
                last = systemMessage(errno)
                continue
            }
            let status = unsafe Glibc.connect(
                descriptor,
                address.pointee.ai_addr,
                address.pointee.ai_addrlen
            )
            if status == 0 { return descriptor }
            let code = errno
            last = systemMessage(code)
            if code == EINPROGRESS {
                do throws(MeterError) {
                    try wait(for: POLLOUT, on: descriptor, until: deadlineNS)
                } catch {
                    _ = close(descriptor)
                    throw error
                }
                var error: Int32 = 0
                var size = socklen_t(MemoryLayout<Int32>.size)
                _ = unsafe getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &size)
                if error == 0 { return descriptor }
                last = systemMessage(error)
            }
            _ = close(descriptor)
        }
        throw failure(last)
    }

    private func send(on connection: Int32, until deadlineNS: Int64) throws(MeterError) {
        var text = "GET \(path) HTTP/1.0\r\nHost: \(host)\r\nConnection: close\r\n"
        text += "Accept: */*\r\nUser-Agent: joulebook\r\n"
        if let credentials {
            text += "Authorization: Basic \(Data(credentials.utf8).base64EncodedString())\r\n"
        }
        let bytes = Array((text + "\r\n").utf8)
        var sent = 0
        while sent < bytes.count {
            let count = unsafe bytes[sent...].withUnsafeBytes {
                unsafe Glibc.send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            if count > 0 {
                sent += count
            } else if errno == EAGAIN || errno == EINTR {
                try wait(for: POLLOUT, on: connection, until: deadlineNS)
            } else {
                throw failure(systemMessage(errno))
            }
        }
    }

    private func receive(
        from connection: Int32,
        until deadlineNS: Int64
    ) throws(MeterError) -> [UInt8] {
        var answer: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 16_384)
        while answer.count < Self.sizeBytesMax {
            let count = unsafe recv(connection, &buffer, buffer.count, 0)
            if count > 0 {
                answer += buffer[..<count]
            } else if count == 0 {
                return answer
            } else if errno == EAGAIN || errno == EINTR {
                try wait(for: POLLIN, on: connection, until: deadlineNS)
            } else {
                throw failure(systemMessage(errno))
            }
        }
        throw failure("the answer is larger than \(Self.sizeBytesMax) bytes")
    }

    private func wait(
        for events: Int32,
        on descriptor: Int32,
        until deadlineNS: Int64
    ) throws(MeterError) {
        while true {
            let left = (deadlineNS &- MonotonicClock.nowNS()) / 1_000_000
            guard left > 0 else { throw failure("no answer in time") }
            var wanted = pollfd(fd: descriptor, events: Int16(events), revents: 0)
            // No lock is held here, so that a program that forks need not wait.
            joule_wait_begin()
            let count = unsafe poll(&wanted, 1, Int32(clamping: left))
            joule_wait_end()
            if count > 0 { return }
            guard count == 0 || errno == EINTR else { throw failure(systemMessage(errno)) }
        }
    }

    // MARK: The answer

    private func content(of answer: [UInt8]) throws(MeterError) -> [UInt8] {
        guard let end = answer.firstRange(of: Array("\r\n\r\n".utf8)) else {
            throw failure("not an answer of HTTP")
        }
        let head = String(decoding: answer[..<end.lowerBound], as: UTF8.self)
        let lines = head.split(separator: "\r\n", omittingEmptySubsequences: false)
        let words = (lines.first ?? "").split(separator: " ")
        guard words.count >= 2, words[0].hasPrefix("HTTP/1."), words[1] == "200" else {
            throw failure(String((lines.first ?? "").prefix(80)))
        }
        let isChunked = lines.dropFirst().contains { line in
            let line = line.lowercased()
            return line.hasPrefix("transfer-encoding:") && line.contains("chunked")
        }
        let body = Array(answer[end.upperBound...])
        guard isChunked else { return body }
        guard let whole = Self.joined(chunks: body) else { throw failure("a chunk is cut off") }
        return whole
    }

    private static func joined(chunks body: [UInt8]) -> [UInt8]? {
        let lineEnd = Array("\r\n".utf8)
        var rest = body[...]
        var whole: [UInt8] = []
        while let end = rest.firstRange(of: lineEnd) {
            let line = String(decoding: rest[..<end.lowerBound], as: UTF8.self)
            guard let size = Int(line.prefix { $0 != ";" }, radix: 16), size >= 0 else {
                return nil
            }
            rest = rest[end.upperBound...]
            guard size > 0 else { return whole }
            guard rest.count >= size + lineEnd.count else { return nil }
            whole += rest.prefix(size)
            rest = rest.dropFirst(size + lineEnd.count)
        }
        return nil
    }

    private func failure(_ reason: String) -> MeterError {
        .refused(call: "http://\(host):\(port)", reason: reason)
    }
}
