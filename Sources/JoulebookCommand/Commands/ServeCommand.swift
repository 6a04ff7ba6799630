import ArgumentParser
import Glibc
import JouleFile

struct ServeCommand: Subcommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "The runs of a directory as a page in the browser, live.",
        usage: """
            joulebook serve <path> [--port <port>] [--private]
                            [--host <host>] [--token <token>]
            """,
        discussion: """
            Shows runs, one run, comparisons, duplicates, the lifecycle and the frontier of a \
            directory of ledgers, and goes on with them while training writes. The page is part of \
            the program: nothing is loaded from anywhere. It only reads: nothing can be changed \
            through it, and no file is looked for because of a request. Ledgers are found as all \
            commands find them: a link to a ledger is followed, one to a directory is not.

            It listens on this machine alone, on port 5633 or, where that is taken, another. \
            Everybody who is logged in there can look; --private keeps them out: it wants a random token, \
            which is in the address that is printed; the browser keeps it in a cookie. With --host it \
            listens elsewhere, and always wants one. A --token of your own stands on the command line, \
            which others on the machine can read. What is sent is not encrypted: over a network \
            that others share, 'ssh -L 5633:127.0.0.1:5633 HOST' is better. Ctrl-C ends it.

            Examples:
              joulebook serve joulebook
              joulebook serve joulebook --port 8080
              joulebook serve joulebook --private
              joulebook serve joulebook --host 192.168.1.7

            Exit status: 0 when it was ended; 64 wrong usage; 65 not a ledger; 74 not readable, or \
            the address is not to be had.
            """
    )

    @Argument(help: "A directory of ledgers, or one ledger.") var path: String
    @Option(help: "Listen on this port.") var port: UInt16?
    @Option(help: "Listen on this address, not on loopback.") var host: String = "127.0.0.1"
    @Flag(name: .customLong("private"), help: "Want a token on this machine, too.")
    var isPrivate = false
    @Option(help: "What is to be known to see the page, instead of a random text.") var token:
        String?

    func perform(on console: Console) throws(CommandFailure) -> Int32 {
        try Input.require(path, as: .fileOrDirectory)
        try requireLedgers()
        let token = try accessToken()
        // Before any thread is started: threads inherit the mask.
        let ending = EndingSignals()
        let library = PageLibrary(path)
        let server = try PageServer(
            library,
            host: host,
            port: port.map { Int($0) },
            token: token
        )
        let query = token.map { "?token=\($0.text)" } ?? ""
        try console.print("http://\(name):\(server.port)/\(query)")
        try console.flush()
        ending.await()
        server.stop()
        return 0
    }

    /// A file that is no ledger is none later, either; a directory may be empty still.
    private func requireLedgers() throws(CommandFailure) {
        guard !Input.isDirectory(path) else { return }
        do throws(LedgerError) { _ = try LedgerPlace.all(below: path) } catch {
            throw CommandFailure(error)
        }
    }

    private func accessToken() throws(CommandFailure) -> AccessToken? {
        guard let token else { return isLoopback && !isPrivate ? nil : AccessToken() }
        guard let token = AccessToken(token) else {
            throw .usage(
                "--token has at least \(AccessToken.sizeMin) letters, digits, or any of -._~; leave"
                    + " it out for a random one"
            )
        }
        return token
    }

    /// As an address in a browser has it: where it listens everywhere, one of this machine's.
    private var name: String {
        let isEverywhere = host == "0.0.0.0" || host == "::"
        let address =
            isEverywhere
            ? PageServer.reachableAddress(likeIPv6: host == "::") ?? "localhost" : host
        return address.contains(":") ? "[\(address)]" : address
    }

    private var isLoopback: Bool {
        let parts = host.split(separator: ".", omittingEmptySubsequences: false).map { UInt8($0) }
        let isOwn = parts.count == 4 && parts[0] == 127 && !parts.contains(nil)
        return isOwn || host == "localhost" || host == "::1"
    }
}

/// The signals that end a server, which are waited for.
private struct EndingSignals: ~Copyable {
    private var before = sigset_t()
    private var awaited = sigset_t()

    init() {
        unsafe sigemptyset(&awaited)
        for signal in [SIGINT, SIGTERM, SIGHUP] { unsafe sigaddset(&awaited, signal) }
        unsafe pthread_sigmask(SIG_BLOCK, &awaited, &before)
    }

    func await() {
        var signals = awaited
        var signal: Int32 = 0
        while unsafe sigwait(&signals, &signal) != 0 {}
    }

    deinit {
        var mask = before
        unsafe pthread_sigmask(SIG_SETMASK, &mask, nil)
    }
}
