import JouleConformance
import Testing

/// A short edition of the campaigns in `Tests/Hostile`.
@Suite("Spoilt vectors")
struct CampaignTests {
    private func ledger(_ name: String) throws -> [UInt8] {
        try Vector.bytes("\(VectorTests.directory)/\(name).joule")
    }

    @Test("A cut at any byte is told and leaves all that lies whole before it")
    func truncations() throws {
        for name in ["several-closes", "resume", "private-table"] {
            let place = CasePlace("test-cut-\(name)")
            defer { place.remove() }
            let verdict = try Verdict.truncations(of: ledger(name), name, in: place)
            #expect(verdict.isPerfect, "\(verdict.examples)")
        }
    }

    @Test("A flipped bit is told and takes no block but its own")
    func flips() throws {
        for name in ["one-run", "mapping-strings", "gap"] {
            let place = CasePlace("test-flip-\(name)")
            defer { place.remove() }
            let verdict = try Verdict.flips(of: ledger(name), name, in: place, step: 13)
            #expect(verdict.isPerfect, "\(verdict.examples)")
        }
    }

    @Test("Blocks that are repeated, dropped, moved or of another ledger are told")
    func splices() throws {
        let place = CasePlace("test-splice")
        defer { place.remove() }
        let verdict = try Verdict.splices(
            of: ledger("many-runs"),
            with: ledger("one-run"),
            "many-runs",
            in: place
        )
        #expect(verdict.isPerfect, "\(verdict.examples)")
    }

    @Test(
        "What is recovered is all that could be read, and clean; recovering it again changes no row"
    )
    func recoveries() throws {
        let place = CasePlace("test-recover")
        defer { place.remove() }
        let verdict = try Verdict.recoveries(of: ledger("one-run"), "one-run", in: place, step: 61)
        #expect(verdict.isPerfect, "\(verdict.examples)")
    }

    @Test("Frames that lie about their size are refused at once", arguments: Vector.hostileFrames)
    func bombs(frame: Vector.Frame) {
        let (isRefused, microseconds) = HostileFrame(frame).refusal()
        #expect(isRefused)
        // Far below this even on a busy machine: nothing is set aside or decompressed.
        #expect(microseconds < 1000)
    }
}
