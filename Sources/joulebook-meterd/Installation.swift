import ArgumentParser
import Glibc
import JouleMeters

struct InstallCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "install",
        abstract: "Install it as a service of systemd and start it.",
        discussion: """
            Makes the group '\(MeterdReply.group)' and the user '\(Account.defaultUser)', copies this \
            program to \(Installation.program), writes \(Installation.unit), and starts it. Running \
            it again brings all of these up to date.

            Exit status: 69 no systemd here; 77 not root; otherwise that of what failed.
            """
    )

    @Flag(help: "Print the shell script that would be run.")
    var dryRun = false

    func perform() throws(Failure) {
        try Installation.run(Installation.install(from: try Installation.ownPath()), dryRun)
    }
}

struct UninstallCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "uninstall",
        abstract: "Stop the service and remove what 'install' made, but for the group.",
        discussion: "Exit status: 69 no systemd here; 77 not root; otherwise that of what failed."
    )

    @Flag(help: "Print the shell script that would be run.")
    var dryRun = false

    func perform() throws(Failure) { try Installation.run(Installation.uninstall, dryRun) }
}

/// What is installed, as the shell scripts that do it: what `--dry-run` prints is what is run.
enum Installation {
    static let program = "/usr/local/sbin/joulebook-meterd"
    static let unit = "/etc/systemd/system/joulebook-meterd.service"
    private static let group = MeterdReply.group
    private static let user = Account.defaultUser

    private static func head(_ verb: String) -> String {
        """
        #!/bin/sh
        set -eu
        PATH=/usr/sbin:/usr/bin:/sbin:/bin
        umask 022
        if [ "$(id -u)" != 0 ]; then
            echo 'joulebook-meterd: needs root: sudo joulebook-meterd \(verb)' >&2
            exit 77
        fi
        if [ ! -d /run/systemd/system ]; then
            echo 'joulebook-meterd: systemd does not run this machine;' \\
                'have its service manager start joulebook-meterd serve as root' >&2
            exit 69
        fi

        """
    }

    static func install(from source: String) -> String {
        let quoted = source.split(separator: "'", omittingEmptySubsequences: false)
            .joined(separator: #"'\''"#)
        return head("install") + """
            getent group \(group) >/dev/null || groupadd --system \(group)
            getent passwd \(user) >/dev/null ||
                useradd --system --user-group --no-create-home --home-dir / \\
                    --shell /usr/sbin/nologin \(user)
            [ '\(quoted)' -ef \(program) ] || install -m 0755 '\(quoted)' \(program)
            cat >\(unit) <<'END'
            \(unitText)
            END
            systemctl daemon-reload
            systemctl enable --quiet joulebook-meterd
            systemctl restart joulebook-meterd
            # It ends at once where there is nothing to read or a step of its confinement fails.
            sleep 1
            if ! systemctl is-active --quiet joulebook-meterd; then
                systemctl status --no-pager joulebook-meterd >&2 || true
                exit 74
            fi
            echo "joulebook-meterd runs. Who may read it: sudo usermod -aG \(group) ${SUDO_USER:-NAME}," \\
                'and then log in again.'

            """
    }

    static let uninstall =
        head("uninstall") + """
            systemctl disable --now joulebook-meterd || true
            rm -f \(unit) \(program)
            systemctl daemon-reload
            if getent passwd \(user) >/dev/null; then userdel \(user); fi
            if getent group \(group) >/dev/null; then
                echo 'The group \(group) may have been there before; nothing else of it: sudo groupdel \(group)'
            fi

            """

    /// The unit confines what the program confines again by itself, and it covers its start as well.
    private static let unitText = """
        [Unit]
        Description=Energy of the processors for Joulebook
        Documentation=https://www.kernel.org/doc/html/latest/power/powercap/powercap.html
        After=systemd-modules-load.service systemd-udevd.service

        [Service]
        Type=exec
        ExecStart=\(program) serve
        Restart=on-failure
        RestartSec=30
        RestartPreventExitStatus=64 77
        RuntimeDirectory=joulebook
        RuntimeDirectoryMode=0755
        UMask=0077
        # So that it keeps its beat on a machine that trains.
        Nice=-10

        CapabilityBoundingSet=CAP_CHOWN CAP_SETGID CAP_SETPCAP CAP_SETUID
        NoNewPrivileges=yes
        ProtectSystem=strict
        ProtectHome=yes
        ProtectProc=invisible
        ProtectClock=yes
        ProtectHostname=yes
        ProtectKernelLogs=yes
        ProtectKernelModules=yes
        ProtectKernelTunables=yes
        ProtectControlGroups=yes
        PrivateTmp=yes
        PrivateDevices=yes
        PrivateNetwork=yes
        IPAddressDeny=any
        RestrictAddressFamilies=AF_UNIX
        RestrictNamespaces=yes
        RestrictRealtime=yes
        RestrictSUIDSGID=yes
        LockPersonality=yes
        MemoryDenyWriteExecute=yes
        SystemCallArchitectures=native
        SystemCallFilter=@system-service
        SystemCallFilter=seccomp landlock_create_ruleset landlock_restrict_self
        SystemCallErrorNumber=EPERM
        KeyringMode=private
        MemoryMax=64M
        TasksMax=4

        [Install]
        WantedBy=multi-user.target
        """

    /// Where this program lies.
    static func ownPath() throws(Failure) -> String {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = unsafe readlink("/proc/self/exe", &buffer, buffer.count)
        guard count > 0 else { throw .system("/proc/self/exe: \(systemMessage(errno))") }
        return String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    static func run(_ script: String, _ isDry: Bool) throws(Failure) {
        if isDry {
            print(script, terminator: "")
            return
        }
        let words = ["/bin/sh", "-c", script]
        var arguments = unsafe words.map { unsafe strdup($0) }
        unsafe arguments.append(nil)
        // SAFETY: the list ends with nil, and the texts live until the program is replaced.
        _ = unsafe execv("/bin/sh", arguments)
        throw .system("/bin/sh: \(systemMessage(errno))")
    }
}
