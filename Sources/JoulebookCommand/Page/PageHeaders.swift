import NIOHTTP1

/// The head of every answer: what a browser may do with it, which is next to nothing.
enum PageHeaders {
    /// Nothing but the page's own files is loaded, run or asked.
    static let policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        + "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

    static func all(for reply: PageDesk.Reply, keepsOpen: Bool) -> HTTPHeaders {
        var headers = HTTPHeaders([
            ("Content-Type", reply.answer.mediaType),
            ("Content-Length", String(reply.answer.bytes.count)),
            ("Content-Security-Policy", policy),
            ("X-Content-Type-Options", "nosniff"),
            ("Referrer-Policy", "no-referrer"),
            ("Cache-Control", "no-store"),
            ("Cross-Origin-Resource-Policy", "same-origin"),
            ("Cross-Origin-Opener-Policy", "same-origin"),
        ])
        for (name, value) in reply.headers { headers.add(name: name, value: value) }
        headers.add(name: "Connection", value: keepsOpen ? "keep-alive" : "close")
        return headers
    }
}
