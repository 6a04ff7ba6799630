import ArgumentParser
import Glibc
import JouleMeters

/// The root of the command; `joulebook-meterd` is a program of its own, so that what runs as root holds
/// nothing but what it needs.
@main
struct MeterdCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "joulebook-meterd",
        abstract: "Reads the processors' energy as root and shows it to a group.",
        discussion: """
            RAPL's counters are readable by root only, because fine readings of them leak secrets \
            (PLATYPUS, CVE-2020-8694). This daemon opens them, gives up every privilege, and tells \
            members of the group '\(MeterdReply.group)' coarse ones, ten times a second and in whole \
            joules. Joulebook uses it wherever it is found. Schemas/meterd.md says what it exposes.

            Examples:
              sudo joulebook-meterd install            as a service, from now on
              sudo joulebook-meterd install --dry-run  only print what that would do
              sudo usermod -aG \(MeterdReply.group) "$USER"       may read it after logging in
              sudo joulebook-meterd serve              without systemd

            Exit status: 64 wrong usage, 69 nothing to read here, 74 input or output \
            error, 77 not permitted, or not as safe as it should be.
            """,
        version: "0.1.0",
        subcommands: [ServeCommand.self, InstallCommand.self, UninstallCommand.self]
    )
}

/// The end of the program, with a reason for a person.
struct Failure: Error {
    let reason: String
    let status: Int32

    static func unavailable(_ reason: String) -> Failure {
        Failure(reason: reason, status: EX_UNAVAILABLE)
    }
    static func notPermitted(_ reason: String) -> Failure {
        Failure(reason: reason, status: EX_NOPERM)
    }
    static func system(_ reason: String) -> Failure { Failure(reason: reason, status: EX_IOERR) }
    static func usage(_ reason: String) -> Failure { Failure(reason: reason, status: EX_USAGE) }
}

/// One line on the standard error, which a service manager keeps.
func say(_ line: String) {
    let bytes = Array("joulebook-meterd: \(line)\n".utf8)
    _ = unsafe write(STDERR_FILENO, bytes, bytes.count)
}

/// A verb that ends with a `Failure`, or well.
protocol Verb: ParsableCommand {
    func perform() throws(Failure)
}

extension Verb {
    func run() throws {
        do throws(Failure) {
            try perform()
        } catch {
            say(error.reason)
            throw ExitCode(error.status)
        }
    }
}
