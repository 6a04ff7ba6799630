import NIOHTTP1

/// Decides whether a request is from the page itself, and from whom may see it.
///
/// A browser tells a foreign page by `Host` (a name that was bound to this address), `Origin` and
/// `Sec-Fetch-Site`; it cannot be made to tell anything else.
struct RequestGuard: Sendable {
    /// Names and addresses, with the port where it is not 80.
    private let hosts: Set<String>
    private let port: Int
    /// What must be known to see anything; nil on loopback.
    let token: AccessToken?

    /// `own` are the name that was asked for, and the address that a request came in at: no name of
    /// another site can be that.
    init(hosts own: [String], port: Int, token: AccessToken?) {
        var names: Set = ["127.0.0.1", "localhost", "[::1]"]
        for host in own {
            // What comes by IPv4 to who listens by IPv6.
            let host = host.hasPrefix("::ffff:") ? String(host.dropFirst(7)) : host
            names.insert(host.contains(":") ? "[\(host)]" : host.lowercased())
        }
        hosts = Set(names.flatMap { port == 80 ? [$0, "\($0):80"] : ["\($0):\(port)"] })
        self.port = port
        self.token = token
    }

    /// What came of the judgement.
    enum Verdict: Equatable {
        case welcome
        /// The token was in the address: it is kept in a cookie, and taken out of there.
        case welcomeWithToken(String)
        case refused(Int, String)
    }

    /// Judges the head of a request; `values` are those of its query.
    func judge(_ head: HTTPRequestHead, path: Substring, _ values: [String: String]) -> Verdict {
        guard head.method == .GET || head.method == .HEAD else {
            return .refused(405, "only GET and HEAD are answered; nothing here can be changed")
        }
        let named = head.headers["host"]
        guard named.count == 1, hosts.contains(named[0].lowercased()) else {
            return .refused(
                421,
                "this server does not go by the name in 'Host'; open the address that it printed"
            )
        }
        let origins = head.headers["origin"]
        guard origins.allSatisfy({ $0.lowercased() == "http://\(named[0].lowercased())" }) else {
            return .refused(403, "asked for by another site")
        }
        guard isSameSite(head, path) else { return .refused(403, "asked for by another site") }
        guard let token else { return .welcome }
        if let cookie = cookie(of: head), token.isEqual(to: cookie) { return .welcome }
        if path == "/", let given = values["token"], token.isEqual(to: given) {
            return .welcomeWithToken(token.text)
        }
        return .refused(
            401,
            "a token is needed; open the address that 'joulebook serve' printed, token included"
        )
    }

    /// A link elsewhere may lead to the page, which itself holds nothing.
    private func isSameSite(_ head: HTTPRequestHead, _ path: Substring) -> Bool {
        let site = head.headers["sec-fetch-site"]
        if site.allSatisfy({ $0 == "same-origin" || $0 == "none" }) { return true }
        return path == "/" && head.headers["sec-fetch-mode"] == ["navigate"]
            && head.headers["sec-fetch-dest"] == ["document"]
    }

    /// Named for the port, because cookies are shared by all servers of a host.
    var cookieName: String { "joulebook-\(port)" }

    private func cookie(of head: HTTPRequestHead) -> String? {
        for line in head.headers["cookie"] {
            for pair in line.split(separator: ";") {
                let text = pair.drop { $0 == " " }
                if text.hasPrefix(cookieName + "=") {
                    return String(text.dropFirst(cookieName.utf8.count + 1))
                }
            }
        }
        return nil
    }
}
