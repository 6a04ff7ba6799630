/// Reads a part of the ledgers of a directory, as `RunFeed` reads all of them, and tells it as bytes.
///
/// Of each run, what `put(runOf:)` says of it; then of its ledger, what tells whether it counts; and what
/// could not be read. `GatheredFacts` puts together what all readers tell.
package final class FactsExtract {
    /// Who asks for facts, so that nobody takes those of others.
    package enum Purpose: String, CaseIterable, Sendable {
        case lifecycle, audit
    }

    /// What a piece of facts is about.
    enum Part: CaseIterable {
        case run, ledger, problem
    }

    /// How far a problem reaches.
    enum Extent: CaseIterable {
        /// Nothing of a file could be read.
        case file
        case partOfFile
        /// The document of one run.
        case run
    }

    /// What every piece of facts begins with; the last byte is the version of all that follows.
    static let magic = Array("joule facts".utf8) + [1]

    private var writer = FactsWriter()
    private var directory = LedgerDirectory()
    /// The file that is read.
    private var portion = LedgerPortion(path: "", number: 0, part: 0, parts: 1)

    package init(_ purpose: Purpose) {
        writer.put(Self.magic)
        writer.put(word: purpose)
    }

    package var bytes: [UInt8] { writer.bytes }
    /// How many runs they tell.
    package private(set) var runs = 0

    /// Puts what `body` says of a run.
    package func put(runOf ledger: Int, _ body: (inout FactsWriter) -> Void) {
        runs += 1
        writer.put(word: Part.run)
        writer.put(count: ledger)
        body(&writer)
    }

    /// Puts that the document of a run could not be read.
    package func put(_ problem: LedgerDirectory.Problem) { put(problem, .run) }

    /// Reads the files of a share, one after the other, and hands on what is in them, each piece with the
    /// number of its ledger.
    package func read(
        _ share: [LedgerPortion],
        epochColumns: Set<UInt16>? = nil,
        take: @escaping (RunFeed.Piece, _ ledger: Int) -> Void
    ) {
        let sink = LedgerDirectory.Sink(epochColumns: epochColumns) { piece, ledger, _ in
            take(piece, ledger)
        }
        for portion in share {
            self.portion = portion
            directory.problems = []
            guard let members = PortionMembers(of: portion) else { continue }
            var extent = Extent.partOfFile
            do throws(LedgerError) {
                try directory.forEachLedger(of: portion.path, members: members.names, sink: sink) {
                    put($0, $1, at: members.place(of: $0.place))
                }
            } catch {
                directory.problems.append(.init(error))
                extent = .file
            }
            for problem in directory.problems.dropFirst(members.problemsTold) {
                put(problem, extent)
            }
        }
    }

    private func put(_ ledger: FoundLedger, _ traits: LedgerTraits, at place: Int) {
        writer.put(word: Part.ledger)
        writer.put(count: ledger.number)
        writer.put(count: portion.number)
        writer.put(count: place)
        writer.put(recurring: told(ledger.place.path))
        writer.put(ledger.place.member) { $0.put($1) }
        traits.put(to: &writer)
    }

    private func put(_ problem: LedgerDirectory.Problem, _ extent: Extent) {
        writer.put(word: Part.problem)
        writer.put(word: extent)
        writer.put(count: portion.number)
        writer.put(recurring: told(problem.path))
        writer.put(told(problem.message))
    }

    /// A text that may name the file, as who asks knows it.
    private func told(_ text: String) -> String {
        portion.pathTold.map { text.replacing(portion.path, with: $0) } ?? text
    }
}

/// Which ledgers of a file a portion is.
private struct PortionMembers {
    /// Of a pack; nil for all there are.
    let names: Set<String>?
    private let places: [String: Int]
    /// Of what is wrong with the pack as a whole, how much the first portion tells.
    let problemsTold: Int

    /// Nil where another portion has all of the file.
    init?(of portion: LedgerPortion) {
        guard portion.parts > 1 else {
            (names, places, problemsTold) = (nil, [:], 0)
            return
        }
        let found = try? LedgerPlace.all(below: portion.path)
        let all = found?.places.compactMap(\.origin.member) ?? []
        guard !all.isEmpty || portion.part == 0 else { return nil }
        let own = all.enumerated().filter { $0.offset % portion.parts == portion.part }
        names = all.isEmpty ? nil : Set(own.map(\.element))
        places = Dictionary(own.map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
        problemsTold = portion.part == 0 ? 0 : found?.problems.count ?? 0
    }

    func place(of ledger: LedgerDirectory.Place) -> Int {
        ledger.member.flatMap { places[$0] } ?? 0
    }
}
