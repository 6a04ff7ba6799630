import FoundationEssentials
import Glibc
import JouleQuantities
import JouleTestSupport
import Joulebook
import Testing

@Suite("Ids, ranks and paths")
struct NamingTests {
    static let torchrun = [
        "TORCHELASTIC_RUN_ID": "none", "RANK": "0", "LOCAL_RANK": "0", "WORLD_SIZE": "4",
        "LOCAL_WORLD_SIZE": "4", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": "29500",
        "TORCHELASTIC_RESTART_COUNT": "0",
    ]
    static let slurm = [
        "SLURM_JOB_ID": "77", "SLURM_STEP_ID": "0", "SLURM_NTASKS": "4", "SLURM_PROCID": "0",
    ]
    static let explicit = ["JOULEBOOK_RUN_ID": "mine", "RANK": "0", "WORLD_SIZE": "4"]

    static func id(
        _ environment: [String: String],
        project: String = "p",
        ordinal: Int = 1,
        launcher: String? = "agent"
    ) -> RunID {
        RunNaming(ProcessEnvironment(environment), launcher: launcher)
            .id(project: project, ordinal: ordinal)
    }

    @Test("Four ranks agree on one id", arguments: [torchrun, slurm, explicit])
    func ranksAgree(environment: [String: String]) {
        let ids = (0..<4).map { rank in
            var own = environment
            for name in ["RANK", "LOCAL_RANK", "SLURM_PROCID"] where own[name] != nil {
                own[name] = "\(rank)"
            }
            #expect(Rank(ProcessEnvironment(own)) == rank4(rank))
            return Self.id(own)
        }
        #expect(Set(ids).count == 1)
        #expect(ids[0].description.wholeMatchesHex32)
        #expect(Self.id(environment, project: "q") != ids[0])
        #expect(Self.id(environment, ordinal: 2) != ids[0])
    }

    private func rank4(_ number: Int) -> Rank? {
        Rank(ProcessEnvironment(["RANK": "\(number)", "WORLD_SIZE": "4"]))
    }

    @Test(
        "Another attempt, launch or job is another run",
        arguments: [
            (torchrun, "TORCHELASTIC_RESTART_COUNT", "1"), (torchrun, "MASTER_PORT", "29501"),
            (torchrun, "TORCHELASTIC_RUN_ID", "abc"), (slurm, "SLURM_JOB_ID", "78"),
            (slurm, "SLURM_STEP_ID", "1"), (slurm, "SLURM_RESTART_COUNT", "1"),
            (explicit, "JOULEBOOK_RUN_ID", "yours"),
        ]
    )
    func attempts(environment: [String: String], name: String, value: String) {
        var other = environment
        other[name] = value
        #expect(Self.id(other) != Self.id(environment))
        #expect(Self.id(other) == Self.id(other))
    }

    @Test("Two launches of torchrun's unnamed job on one machine are told apart by their agents")
    func agents() {
        #expect(Self.id(Self.torchrun, launcher: "a") != Self.id(Self.torchrun, launcher: "b"))
        let several = Self.torchrun.merging(["WORLD_SIZE": "8"]) { $1 }
        #expect(Self.id(several) != Self.id(several), "machines cannot share the name none")
        let named = several.merging(["TORCHELASTIC_RUN_ID": "job"]) { $1 }
        #expect(Self.id(named, launcher: "a") == Self.id(named, launcher: "b"))
    }

    @Test("What a step of one task starts, as a shell does, are runs of their own")
    func oneTask() {
        for alone in [["SLURM_NTASKS": "1"], ["SLURM_STEP_ID": "4294967290"]] {
            let environment = Self.slurm.merging(alone) { $1 }
            #expect(Self.id(environment) != Self.id(environment))
            #expect(Rank(ProcessEnvironment(environment)) == nil)
        }
    }

    @Test("A process that stands alone takes 128 random bits and has no rank")
    func alone() {
        #expect(Self.id([:]) != Self.id([:]))
        #expect(Self.id([:]).description.wholeMatchesHex32)
        for environment in [
            [:], ["RANK": "0", "WORLD_SIZE": "1"], ["RANK": "-1"], ["RANK": "x"],
            ["RANK": "9", "WORLD_SIZE": "4"], ["SLURM_PROCID": "0", "SLURM_NTASKS": "4"],
            ["RANK": "99999999999999999999"],
        ] {
            #expect(Rank(ProcessEnvironment(environment)) == nil)
        }
    }

    @Test(
        "A hostile project name stays one component below the ledger directory",
        arguments: [
            "../x", "..", ".", "", "/etc/passwd", "a/b", "-rf", ".hidden", "a\0b", "a\nb", " ",
            String(repeating: "é", count: 500), "模型", "x\u{202E}y", "~root", "$(touch x)", "💥",
        ]
    )
    func hostileProjects(name: String) {
        let folder = LedgerPlace.folderName(of: name)
        #expect(!folder.isEmpty && folder.utf8.count <= 80)
        #expect(!folder.contains("/") && !folder.hasPrefix(".") && !folder.hasPrefix("-"))
        #expect(folder.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7F })
        #expect(folder == name || folder.count > 8)
    }

    @Test("Plain names keep their spelling, and different names never share a folder")
    func folders() {
        for name in ["digits-mlp", "a.b_c", "模型", "Modèle2"] {
            #expect(LedgerPlace.folderName(of: name) == name)
        }
        let names = ["a/b", "a-b", "a b", ".a-b", "..a-b", "", "-"]
        #expect(Set(names.map(LedgerPlace.folderName)).count == names.count)
    }

    @Test("A ledger is named by date, run and rank")
    func paths() throws {
        let place = LedgerPlace(root: "/d/", project: "p")
        let id = try #require(RunID("0123456789abcdef0123456789abcdef"))
        let started = WallTime(unixNanoseconds: 1_772_443_845_900_000_000)
        #expect(
            place.path(of: id, started: started, rank: nil)
                == "/d/p/20260302T093045Z-01234567.joule"
        )
        #expect(
            place.path(of: id, started: started, rank: 3, attempt: 2)
                == "/d/p/20260302T093045Z-01234567-r3-2.joule"
        )
        let foreign = try #require(RunID("../../etc"))
        #expect(!place.path(of: foreign, started: started, rank: nil).contains(".."))
    }

    @Test("The ledger directory hides itself from git, and nobody else's directory with it")
    func gitignore() throws {
        let directory = TemporaryDirectory()
        let own = LedgerPlace(root: "\(directory.path)/a/b", project: "p")
        try own.prepare()
        try own.prepare()
        #expect(try contents("\(directory.path)/a/b/.gitignore") == "*\n")
        let shared = LedgerPlace(root: directory.path, project: "p")
        try shared.prepare()
        #expect(!FileManager.default.fileExists(atPath: "\(directory.path)/.gitignore"))
        #expect(try contents("\(directory.path)/p/.gitignore") == "*\n")
    }

    @Test("Nothing is writable for everybody, even when the umask allows it")
    func modes() throws {
        let directory = TemporaryDirectory()
        let before = umask(0)
        defer { umask(before) }
        let place = LedgerPlace(root: "\(directory.path)/a", project: "p")
        try place.prepare()
        for path in ["a", "a/p", "a/.gitignore"] {
            var facts = stat()
            #expect(unsafe stat("\(directory.path)/\(path)", &facts) == 0)
            #expect(facts.st_mode & S_IWOTH == 0)
        }
    }

    @Test("A place that cannot be made is an error that says what to do")
    func unwritable() throws {
        let directory = TemporaryDirectory()
        try Data().write(to: URL(filePath: "\(directory.path)/file"))
        let place = LedgerPlace(root: "\(directory.path)/file/x", project: "p")
        let error = #expect(throws: LedgerPlaceError.self) { try place.prepare() }
        #expect(error?.description.contains("JOULEBOOK_DIR") == true)
    }

    private func contents(_ path: String) throws -> String {
        String(decoding: try Data(contentsOf: URL(filePath: path)), as: UTF8.self)
    }
}

extension String {
    var wholeMatchesHex32: Bool {
        utf8.count == 32 && allSatisfy { $0.isHexDigit && !$0.isUppercase }
    }
}
