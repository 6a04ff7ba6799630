import ArgumentParser
import CJouleMeterd
import Glibc
import JouleMeters

struct ServeCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Serve readings until it is told to end.",
        usage: "joulebook-meterd serve [<options>]",
        discussion: """
            Started as root. Opens the counters and the socket, becomes an unprivileged user, and \
            confines itself: no capability, no path of any file system (Landlock), and a short list \
            of system calls (seccomp). Where the system lacks one of these it refuses to serve, but \
            for Landlock, which Linux has since 5.13 and whose lack it only tells.

            Exit status: 69 no counter to read; 74 the socket cannot be made, or the counters failed \
            for ten seconds; 77 not root, or not as safe as it should be; 64 wrong usage.
            """
    )

    @Option(help: "Where to listen.")
    var socket = MeterdReply.socket

    @Option(help: "The group that may read, by name or number.")
    var group = MeterdReply.group

    @Option(help: "Whom to become, by name or number ('nobody' where this user is missing).")
    var user = Account.defaultUser

    @Option(help: "Read the counters of an emulated machine below this directory.")
    var root = ""

    @Flag(help: "Serve also where a step of the confinement fails.")
    var allowUnhardened = false

    func perform() throws(Failure) {
        guard geteuid() == 0 || allowUnhardened else {
            throw .notPermitted("must be started as root, who alone may read the counters")
        }
        joule_meterd_close_inherited()
        let readers = try Account.group(group)
        let account = try Account(user)
        let counters = try CounterSet(roots: SystemRoots(under: root))
        let listener = try listen(readers)
        let confinement = Confinement(
            account,
            descriptorsMax: counters.count + Server.descriptorsMax
        )
        let measures = try confinement.take(allowFailures: allowUnhardened)
        say(
            "\(counters.count) counters for group \(group) at \(socket); user \(account.user); \(measures)"
        )
        var server = Server(counters, listener: listener, group: readers)
        throw server.run()
    }

    private func listen(_ readers: gid_t) throws(Failure) -> Int32 {
        if let slash = socket.lastIndex(of: "/"), slash > socket.startIndex {
            // Of a service, its manager makes it.
            _ = unsafe mkdir(String(socket[..<slash]), 0o755)
        }
        let listener = unsafe joule_meterd_listen(socket, readers)
        guard listener < 0 else { return listener }
        let code = errno
        switch code {
        case EADDRINUSE: throw .system("\(socket): another joulebook-meterd answers there")
        case EEXIST: throw .system("\(socket): something that is no socket lies there")
        default: throw .system("\(socket): \(systemMessage(code))")
        }
    }
}

/// Whom the daemon becomes.
struct Account {
    static let defaultUser = "joulebook-meterd"
    /// What systems call the user and the group of those who own nothing.
    private static let nobody: uid_t = 65_534

    let user: uid_t
    let group: gid_t

    init(_ name: String) throws(Failure) {
        if let number = uid_t(name) {
            user = number
            group = Self.nobody
        } else if let found = unsafe getpwnam(name) {
            user = unsafe found.pointee.pw_uid
            group = unsafe found.pointee.pw_gid
        } else if name == Self.defaultUser {
            user = Self.nobody
            group = Self.nobody
        } else {
            throw .usage("there is no user '\(name)'")
        }
        guard user != 0, group != 0 else { throw .usage("--user \(name): it must not stay root") }
    }

    static func group(_ name: String) throws(Failure) -> gid_t {
        if let number = gid_t(name) { return number }
        guard let found = unsafe getgrnam(name) else {
            throw .usage("there is no group '\(name)': sudo groupadd --system \(name)")
        }
        return unsafe found.pointee.gr_gid
    }
}
