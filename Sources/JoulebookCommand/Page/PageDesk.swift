import NIOCore
import NIOHTTP1
import NIOPosix

/// What answers requests: files of the page at once, questions on threads of their own.
struct PageDesk: Sendable {
    private let library: PageLibrary
    private let host: String
    private let token: AccessToken?
    private let quick = NIOThreadPool(numberOfThreads: 1)
    private let heavy = NIOThreadPool(numberOfThreads: 1)

    init(_ library: PageLibrary, host: String, token: AccessToken?) {
        self.library = library
        self.host = host
        self.token = token
        quick.start()
        heavy.start()
    }

    /// Begins to read before anybody asks.
    func readAhead() {
        let library = library
        quick.submit { state in
            if case .active = state { _ = library.look() }
        }
    }

    /// An answer, with what belongs into its head.
    struct Reply: Sendable {
        let answer: PageAnswer
        var headers: [(String, String)] = []
    }

    /// Decides about a request that came in at `address`.
    func reply(to head: HTTPRequestHead, at address: SocketAddress?, on loop: any EventLoop)
        -> EventLoopFuture<Reply>
    {
        let (path, query) = Self.parts(of: head.uri)
        let judge = RequestGuard(
            hosts: [host, address?.ipAddress ?? host],
            port: address?.port ?? 0,
            token: token
        )
        switch judge.judge(head, path: path, query.queryValues) {
        case .refused(let status, let reason):
            var reply = Reply(answer: .refusal(status, reason))
            if status == 405 { reply.headers = [("Allow", "GET, HEAD")] }
            return loop.makeSucceededFuture(reply)
        case .welcomeWithToken(let text):
            let cookie = "\(judge.cookieName)=\(text); HttpOnly; SameSite=Strict; Path=/"
            return loop.makeSucceededFuture(
                Reply(answer: Self.onward, headers: [("Set-Cookie", cookie)])
            )
        case .welcome: return answer(path, query, on: loop).map { Reply(answer: $0) }
        }
    }

    /// Goes on to the page by itself.
    ///
    /// A redirect would be part of what another site may have begun, for which a browser keeps the
    /// cookie back.
    private static let onward = PageAnswer(
        mediaType: "text/html; charset=utf-8",
        Array(
            """
            <!doctype html><html lang="en"><meta http-equiv="refresh" content="0;url=/">
            <title>Joulebook</title><a href="/">Joulebook</a></html>

            """.utf8
        )
    )

    private static func parts(of target: String) -> (path: Substring, query: Substring) {
        guard let sign = target.firstIndex(of: "?") else { return (target[...], "") }
        return (target[..<sign], target[target.index(after: sign)...])
    }

    private func answer(_ path: Substring, _ query: Substring, on loop: any EventLoop)
        -> EventLoopFuture<PageAnswer>
    {
        guard path.hasPrefix("/api/") else {
            return loop.makeSucceededFuture(Self.file(path))
        }
        let rest = path.dropFirst("/api/".utf8.count)
        guard let question = PageQuestion(path: rest, query: query) else {
            return loop.makeSucceededFuture(.refusal(404, "there is nothing of that name here"))
        }
        if question == .version, let answer = library.answerWhileReading() {
            return loop.makeSucceededFuture(answer)
        }
        let library = library
        let pool = question.isHeavy ? heavy : quick
        return pool.runIfActive(eventLoop: loop) { library.answer(question) }
    }

    private static func file(_ path: Substring) -> PageAnswer {
        let name = path == "/" ? PageFile.htmlName : String(path.dropFirst())
        guard let file = PageFile(name) else {
            return .refusal(404, "there is nothing of that name here")
        }
        return PageAnswer(mediaType: file.mediaType, file.bytes)
    }
}
