import FoundationEssentials
import Glibc
import JouleTestSupport
import Joulebook
import Testing

@Suite("Source tree")
struct SourceTreeTests {
    @Test("A clean tree is identified by git's own tree id, whatever is in the ledger directory")
    func clean() throws {
        let repository = try Repository()
        let tree = repository.look()
        #expect(tree.commit == (try repository.git("rev-parse", "HEAD")))
        #expect(tree.dirty == false)
        #expect(tree.identity == "git:" + (try repository.git("rev-parse", "HEAD^{tree}")))
        #expect(tree.absence == nil)
        try repository.write("joulebook/p/x.joule", "ledger")
        try repository.write("elsewhere.joule", "ledger")
        #expect(repository.look() == tree)
    }

    @Test("Committing ledgers changes no source")
    func committedLedgers() throws {
        let repository = try Repository()
        try repository.write("joulebook/p/x.joule", "one")
        try repository.commit()
        let first = repository.look()
        #expect(first.dirty == false)
        try repository.write("joulebook/p/x.joule", "two")
        #expect(repository.look() == first)
        try repository.commit()
        #expect(repository.look().identity == first.identity)
    }

    @Test("A changed tree has another identity, and the same one when it is the same again")
    func dirty() throws {
        let repository = try Repository()
        let clean = repository.look()
        try repository.write("train.py", "print(2)")
        let changed = repository.look()
        #expect(changed.dirty == true)
        #expect(changed.commit == clean.commit)
        #expect(changed.identity?.hasPrefix("sha256:") == true)
        _ = try repository.git("add", "-A")
        #expect(repository.look().identity == changed.identity, "staging changes no source")
        try repository.write("new file é.py", "x = 1")
        let untracked = repository.look()
        #expect(untracked.identity != changed.identity)
        try repository.write("new file é.py", "x = 2")
        #expect(repository.look().identity != untracked.identity)
        try repository.write("new file é.py", "x = 1")
        #expect(repository.look() == untracked)
        try FileManager.default.removeItem(atPath: "\(repository.path)/new file é.py")
        #expect(repository.look().identity == changed.identity)
        try FileManager.default.removeItem(atPath: "\(repository.path)/train.py")
        #expect(repository.look().identity != changed.identity)
        try repository.write("train.py", "print(1)")
        #expect(repository.look().identity == clean.identity)
    }

    @Test("An ignored file is no source")
    func ignored() throws {
        let repository = try Repository()
        try repository.write(".gitignore", "out/\n")
        try repository.commit()
        let before = repository.look()
        try repository.write("out/model.bin", "weights")
        #expect(repository.look() == before)
    }

    @Test("A repository without a commit is identified by its files")
    func unborn() throws {
        let repository = try Repository(committing: false)
        let tree = repository.look()
        #expect(tree.commit == nil)
        #expect(tree.dirty == true)
        #expect(tree.identity?.hasPrefix("sha256:") == true)
        try repository.write("train.py", "print(3)")
        #expect(repository.look().identity != tree.identity)
    }

    @Test("Outside a repository the identity is absent, with its reason")
    func outside() throws {
        let directory = TemporaryDirectory()
        let tree = try SourceTreeLook(
            around: directory.path,
            ledgerDirectory: directory.path
        ).finish()
        #expect(tree.root == nil && tree.commit == nil && tree.dirty == nil)
        #expect(tree.identity == nil)
        #expect(tree.absence?.contains("git repository") == true)
    }

    @Test("More untracked data than is hashed is an absence, not a guess")
    func tooLarge() throws {
        let repository = try Repository()
        try repository.write("data", "")
        #expect(unsafe truncate("\(repository.path)/data", (64 << 20) + 1) == 0)
        let tree = repository.look()
        #expect(tree.commit != nil && tree.dirty == true)
        #expect(tree.identity == nil)
        #expect(tree.absence?.contains(".gitignore") == true)
    }

    @Test("A repository cannot make git run its own programs, nor can a link lead out of it")
    func hostile() throws {
        let repository = try Repository()
        try repository.write("hook.sh", "#!/bin/sh\ntouch \(repository.path)/pwned\n")
        unsafe chmod("\(repository.path)/hook.sh", 0o755)
        _ = try repository.git("config", "core.fsmonitor", "\(repository.path)/hook.sh")
        try FileManager.default.createSymbolicLink(
            atPath: "\(repository.path)/link",
            withDestinationPath: "/dev/zero"
        )
        #expect(repository.look().identity?.hasPrefix("sha256:") == true)
        #expect(!FileManager.default.fileExists(atPath: "\(repository.path)/pwned"))
    }
}

@Suite("Programs that are run")
struct SubprocessTests {
    @Test("One that nobody waits for is killed")
    func abandoned() throws {
        let directory = TemporaryDirectory()
        let file = "\(directory.path)/pid"
        var process: Subprocess? = try Subprocess(
            ["sh", "-c", "echo $$ > \(file).new && mv \(file).new \(file) && exec sleep 600"],
            environment: ["PATH=/usr/bin:/bin"],
            deadlineNS: .max
        )
        while !FileManager.default.fileExists(atPath: file) { usleep(1000) }
        let text = try String(contentsOfFile: file, encoding: .utf8)
        let pid = try #require(pid_t(text.prefix { $0 != "\n" }))
        #expect(process != nil && kill(pid, 0) == 0)
        process = nil
        #expect(kill(pid, 0) == -1 && errno == ESRCH)
    }
}

/// A git repository of its own with one committed file.
struct Repository: ~Copyable {
    let directory = TemporaryDirectory()
    var path: String { directory.path }

    init(committing: Bool = true) throws {
        _ = try git("init", "-q")
        try write("train.py", "print(1)")
        if committing { try commit() }
    }

    func look() -> SourceTree {
        // Where git cannot be started, every expectation fails.
        (try? SourceTreeLook(around: path, ledgerDirectory: "\(path)/joulebook").finish())
            ?? SourceTree()
    }

    func write(_ name: String, _ content: String) throws {
        let file = "\(path)/\(name)"
        let folder = String(file[..<(file.lastIndex(of: "/") ?? file.endIndex)])
        try FileManager.default.createDirectory(
            atPath: folder,
            withIntermediateDirectories: true
        )
        try Data(content.utf8).write(to: URL(filePath: file))
    }

    func commit() throws {
        _ = try git("add", "-A")
        let author = ["-c", "user.name=T", "-c", "user.email=t@example.org"]
        _ = try git(author + ["commit", "-q", "--no-gpg-sign", "-m", "x"])
    }

    func git(_ arguments: String...) throws -> String { try git(arguments) }

    func git(_ arguments: [String]) throws -> String {
        let output = try Subprocess(
            ["git", "-C", path] + arguments,
            environment: ["PATH=/usr/bin:/bin", "HOME=\(path)", "GIT_CONFIG_NOSYSTEM=1"],
            deadlineNS: .max
        ).finish()
        return String(decoding: output.prefix { $0 != 0x0A }, as: UTF8.self)
    }
}
