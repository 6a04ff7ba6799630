import Glibc
import JouleFile
import JouleQuantities
import JouleRedundancy
import JouleTestSupport
import Joulebook
import Synchronization
import Testing

@Suite("Claims")
struct ClaimTests {
    @Test("Of threads that claim at one moment exactly one holds, over a dead claim as well")
    func race() throws {
        let folder = try TestFolder()
        for round in 0..<60 {
            // Two dead ones in a chain: the second died as it took over.
            if round % 3 > 0 { try folder.leaveDead() }
            if round % 3 > 1 { try folder.leaveDead(behind: folder.claim) }
            let taken = Atomic(0)
            let held = Atomic(0)
            let waiting = Atomic(8)
            let workers = (0..<8).map { number in
                Worker {
                    waiting.subtract(1, ordering: .relaxed)
                    while waiting.load(ordering: .relaxed) > 0 { sched_yield() }
                    switch folder.take("run\(number)") {
                    case .taken: taken.add(1, ordering: .relaxed)
                    case .held: held.add(1, ordering: .relaxed)
                    case .shared, .unavailable: break
                    }
                }
            }
            for worker in workers { worker.join() }
            #expect(taken.load(ordering: .relaxed) == 1 && held.load(ordering: .relaxed) == 7)
            #expect(try folder.names() == [folder.name])
            unsafe unlink(folder.claim)
        }
    }

    @Test("Nobody holds a claim beside another, while holders come, go and die and others sweep")
    func exclusion() throws {
        let folder = try TestFolder()
        let inside = Atomic(0)
        let wrong = Atomic(0)
        let total = Atomic(0)
        let workers = (0..<6).map { number in
            Worker {
                for round in 0..<150 {
                    if number == 0 { _ = folder.folder.sweep(as: folder.run("sweeper")) }
                    guard case .taken(let claim) = folder.take("run\(number)") else { continue }
                    total.add(1, ordering: .relaxed)
                    if inside.add(1, ordering: .relaxed).newValue != 1 {
                        wrong.add(1, ordering: .relaxed)
                    }
                    sched_yield()
                    inside.subtract(1, ordering: .relaxed)
                    if round % 3 == number % 3 { try? folder.leaveDead() } else { claim.release() }
                }
            }
        }
        for worker in workers { worker.join() }
        #expect(wrong.load(ordering: .relaxed) == 0)
        #expect(total.load(ordering: .relaxed) > 6)
    }

    @Test("A claim of the same run is shared, and only its holder lets go of it")
    func shared() throws {
        let folder = try TestFolder()
        guard case .taken(let claim) = folder.take("job") else {
            Issue.record("the first must get it")
            return
        }
        guard case .shared(let holder) = folder.take("job"), case .held(let same) = folder.take("x")
        else {
            Issue.record("the job shares, another does not")
            return
        }
        #expect(holder.id == same.id && holder.started != nil)
        claim.release()
        #expect(try folder.names().isEmpty)
        guard case .taken = folder.take("x") else {
            Issue.record("what was let go of is free")
            return
        }
        // A second time lets go of nothing that another holds by now.
        claim.release()
        #expect(try folder.names() == [folder.name])
    }

    @Test("Of another machine a claim holds as long as it is renewed")
    func lease() throws {
        let folder = try TestFolder()
        var foreign = folder.run("far")
        foreign.process?.host = "elsewhere"
        foreign.process?.bootID = "another"
        try folder.leave(foreign)
        for seconds in [0, -100, 100] {
            try folder.setAge(seconds)
            guard case .held(let holder) = folder.take("x") else {
                Issue.record("\(seconds) s old is not stale")
                return
            }
            #expect(holder.id == foreign.id)
        }
        for seconds in [130, -130] {
            try folder.leave(foreign)
            try folder.setAge(seconds)
            guard case .taken(let claim) = folder.take("x") else {
                Issue.record("\(seconds) s old is stale")
                return
            }
            try folder.setAge(50)
            #expect(claim.touch())
            #expect(folder.ageSeconds() < 40)
            claim.release()
        }
    }

    @Test("A holder that was taken for dead neither renews nor removes the claim of its successor")
    func lost() throws {
        let folder = try TestFolder()
        guard case .taken(let lost) = folder.take("slow") else {
            Issue.record("the first must get it")
            return
        }
        try folder.leaveDead()
        guard case .taken = folder.take("next") else {
            Issue.record("a dead one is taken over")
            return
        }
        #expect(!lost.touch())
        lost.release()
        #expect(try folder.names() == [folder.name])
    }

    @Test("Garbage holds nobody up: what is young is left, what is old is replaced")
    func garbage() throws {
        let folder = try TestFolder()
        let huge = String(repeating: "[", count: 1 << 20)
        let wrong = #"{"schema": "joulebook.claim/1", "lease_s": -1, "run": {"run_id": "a"}}"#
        for text in ["", "no claim", huge, wrong] {
            try folder.write(text)
            guard case .unavailable = folder.take("x") else {
                Issue.record("\(text.prefix(10)) may be of a newer version")
                return
            }
            try folder.setAge(1000)
            guard case .taken(let claim) = folder.take("x") else {
                Issue.record("\(text.prefix(10)) is old")
                return
            }
            claim.release()
        }
    }

    @Test(
        "What is no file is left alone and waited for by nobody",
        arguments: ["pipe", "link", "dir"]
    )
    func noFile(_ kind: String) throws {
        let folder = try TestFolder()
        switch kind {
        case "pipe": #expect(unsafe mkfifo(folder.claim, 0o666) == 0)
        case "link": #expect(unsafe symlink("/dev/zero", folder.claim) == 0)
        default: #expect(unsafe mkdir(folder.claim, 0o777) == 0)
        }
        guard case .unavailable = folder.take("x") else {
            Issue.record("nobody can tell")
            return
        }
        #expect(folder.folder.holders().isEmpty)
        // What follows it may, too.
        let next = "\(folder.claim).\(String(repeating: "0", count: 32))"
        try folder.write("", to: next)
        #expect(folder.folder.sweep(as: folder.run("x")) == 0)
        #expect(try folder.names().count == 2)
    }

    @Test("A sweep takes some of what is left away, and nothing that somebody holds")
    func sweep() throws {
        let folder = try TestFolder()
        for number in 0..<30 { try folder.leaveDead(name: folder.name(of: number)) }
        guard case .taken = folder.take("live") else {
            Issue.record("nobody holds it")
            return
        }
        #expect(folder.folder.sweep(as: folder.run("x")) == ClaimFolder.sweptFilesMax)
        for _ in 0..<5 { folder.folder.sweep(as: folder.run("x")) }
        #expect(try folder.names() == [folder.name])
        // A draft of a killed process, and a claim that follows nothing any more.
        let orphan = "\(folder.claim).\(String(repeating: "0", count: 32))"
        try folder.write("", to: "\(folder.claim).abc.tmp")
        try folder.write("", to: orphan)
        try folder.setAge(4000, of: "\(folder.claim).abc.tmp")
        #expect(folder.folder.sweep(as: folder.run("x")) == 2)
        #expect(try folder.names() == [folder.name])
        #expect(folder.folder.holders().map(\.id.description) == ["live"])
    }

    @Test("A configuration too large for a claim is claimed by its name")
    func large() throws {
        let folder = try TestFolder()
        var run = folder.run("large")
        run.config?["text"] = .string(String(repeating: "x", count: 1 << 20))
        let identity = try #require(ClaimIdentity(run))
        guard case .taken = folder.folder.take(identity, for: run) else {
            Issue.record("it is free")
            return
        }
        run = folder.run("other")
        guard case .held(let holder) = folder.folder.take(identity, for: run) else {
            Issue.record("it is held")
            return
        }
        #expect(holder.id.description == "large" && holder.config == nil)
    }
}
