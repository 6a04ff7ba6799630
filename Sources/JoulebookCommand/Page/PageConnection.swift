import NIOCore
import NIOHTTP1

/// One connection: takes requests one after the other, and ends when nothing comes for too long.
///
/// Of the thread of the connections alone.
final class PageConnection: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let desk: PageDesk
    private let limit: ConnectionLimit
    private var context: ChannelHandlerContext?
    /// Of the request whose end is awaited.
    private var head: HTTPRequestHead?
    /// Requests that came behind the one that is being answered.
    private var queue: [HTTPRequestHead] = []
    private var timer: Scheduled<Void>?
    /// Bytes of a request that is not complete.
    private var bytesPending = 0
    /// Whether a request is being answered.
    private(set) var isAnswering = false
    private var isOver = false
    /// Until when an answer that is being sent must have been taken in.
    private var sendingUntil = NIODeadline.now()
    /// Since when nothing was asked.
    private(set) var since = NIODeadline.now()

    /// From the first byte of a request to its last.
    private static let requestTime: TimeAmount = .seconds(5)
    /// Between requests.
    private static let idleTime: TimeAmount = .seconds(60)
    /// For whoever takes in one piece of an answer.
    private static let pieceTime: TimeAmount = .seconds(20)
    /// For whoever takes in a whole one.
    private static let answerTime: TimeAmount = .seconds(120)
    private static let pieceSize = 256 << 10
    /// Line and headers of a request; the page's own have less than one tenth of that.
    private static let requestBytesMax = 16 << 10

    init(_ desk: PageDesk, _ limit: ConnectionLimit) {
        self.desk = desk
        self.limit = limit
    }

    // MARK: Coming and going

    func channelActive(context: ChannelHandlerContext) {
        self.context = context
        guard limit.admit(self) else { return context.close(promise: nil) }
        // Who connects has something to ask.
        wait(Self.requestTime)
    }

    func channelInactive(context: ChannelHandlerContext) {
        limit.forget(self)
        timer?.cancel()
        isOver = true
        self.context = nil
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard error is HTTPParserError, !isOver else { return context.close(promise: nil) }
        refuse(400, "this is no request of HTTP")
    }

    /// Ends it.
    func leave() {
        isOver = true
        context?.close(promise: nil)
    }

    private func wait(_ time: TimeAmount) {
        timer?.cancel()
        timer = context?.eventLoop.assumeIsolated().scheduleTask(in: time) { self.leave() }
    }

    // MARK: Asking

    /// Counts bytes as they come in; false where no more of them are taken.
    func take(bytes count: Int) -> Bool {
        guard !isOver else { return false }
        if bytesPending == 0, !isAnswering { wait(Self.requestTime) }
        bytesPending += count
        guard bytesPending > Self.requestBytesMax else { return true }
        if isAnswering { leave() } else { refuse(431, "the request is too long") }
        return false
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isOver else { return }
        switch unwrapInboundIn(data) {
        case .head(let head):
            guard head.version.major == 1, head.uri.utf8.first == UInt8(ascii: "/") else {
                return refuse(400, "the target of a request begins with /")
            }
            let length = head.headers["content-length"]
            guard length.allSatisfy({ $0 == "0" }), head.headers["transfer-encoding"].isEmpty else {
                return refuse(413, "no request has a body here")
            }
            self.head = head
        case .body: refuse(413, "no request has a body here")
        case .end:
            guard let head else { return }
            self.head = nil
            bytesPending = 0
            if isAnswering { queue.append(head) } else { answer(head) }
        }
    }

    // MARK: Answering

    private func answer(_ head: HTTPRequestHead) {
        guard let context else { return }
        isAnswering = true
        timer?.cancel()
        setReading(false)
        let address = context.channel.localAddress
        desk.reply(to: head, at: address, on: context.eventLoop).assumeIsolated().whenComplete {
            switch $0 {
            case .success(let reply): self.send(reply, to: head)
            case .failure: self.leave()
            }
        }
    }

    /// Says why nothing more is taken; to whom is being answered, nothing but that answer.
    private func refuse(_ status: Int, _ reason: String) {
        isOver = true
        guard !isAnswering else { return queue.removeAll() }
        isAnswering = true
        send(PageDesk.Reply(answer: .refusal(status, reason)), to: nil)
    }

    /// `request` is nil for what cannot be understood: after that nothing can.
    private func send(_ reply: PageDesk.Reply, to request: HTTPRequestHead?) {
        guard let context else { return }
        let keepsOpen = request?.isKeepAlive ?? false
        var head = HTTPResponseHead(
            version: .http1_1,
            status: HTTPResponseStatus(statusCode: reply.answer.status)
        )
        head.headers = PageHeaders.all(for: reply, keepsOpen: keepsOpen)
        sendingUntil = .now() + Self.answerTime
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        let isBodyWanted = request?.method != .HEAD
        sendPiece(of: isBodyWanted ? reply.answer.bytes : [], from: 0, keepsOpen: keepsOpen)
    }

    /// One piece after the other, so that whoever takes nothing in has only one waiting.
    private func sendPiece(of bytes: [UInt8], from start: Int, keepsOpen: Bool) {
        guard let context else { return }
        guard start < bytes.count else { return end(keepsOpen: keepsOpen) }
        let end = min(start + Self.pieceSize, bytes.count)
        let piece = context.channel.allocator.buffer(bytes: bytes[start..<end])
        wait(min(Self.pieceTime, sendingUntil - .now()))
        let promise = context.eventLoop.makePromise(of: Void.self)
        promise.futureResult.assumeIsolated().whenSuccess {
            self.sendPiece(of: bytes, from: end, keepsOpen: keepsOpen)
        }
        context.writeAndFlush(wrapOutboundOut(.body(.byteBuffer(piece))), promise: promise)
    }

    private func end(keepsOpen: Bool) {
        guard let context else { return }
        // An answer without a body has to be taken in, too.
        wait(min(Self.pieceTime, sendingUntil - .now()))
        let promise = context.eventLoop.makePromise(of: Void.self)
        promise.futureResult.assumeIsolated().whenComplete { _ in
            guard keepsOpen, !self.isOver else { return self.leave() }
            self.next()
        }
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: promise)
    }

    private func next() {
        isAnswering = false
        since = .now()
        guard queue.isEmpty else { return answer(queue.removeFirst()) }
        wait(bytesPending > 0 ? Self.requestTime : Self.idleTime)
        setReading(true)
    }

    private func setReading(_ isOn: Bool) {
        try? context?.channel.syncOptions?.setOption(.autoRead, value: isOn)
    }
}

/// Tells a connection how much comes in, before anything is made of it.
final class RequestSize: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private let connection: PageConnection

    init(_ connection: PageConnection) {
        self.connection = connection
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard connection.take(bytes: unwrapInboundIn(data).readableBytes) else { return }
        context.fireChannelRead(data)
    }
}
