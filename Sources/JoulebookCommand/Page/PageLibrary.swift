import CJouleSystem
import JouleFile
import JouleQuantities
import JouleSystem

/// Answers what the page asks, from the ledgers below a path.
///
/// At most two threads use it: one for what is quick, one for what goes through everything. What was
/// answered is kept as long as nothing changes.
final class PageLibrary: Sendable {
    let path: String
    /// Only of the quick thread.
    private let store: Lock<LedgerStore>
    private let shared: Lock<Shared>

    /// What both threads and the server look at.
    private struct Shared {
        var view: LedgerStore.View
        /// Nil once everything was read.
        var reading: (done: Int, of: Int)? = (0, 0)
        var lastLook: ContinuousClock.Instant?
        var kept: [PageQuestion: Kept] = [:]
    }

    private struct Kept {
        let version: Int64
        let answer: PageAnswer
    }

    /// So many answers are kept, and no larger ones but for the table.
    private static let keptMax = 64
    private static let keptBytesMax = 8 << 20
    private static let allKeptBytesMax = 32 << 20
    /// Nobody looks for changes more often.
    private static let lookEvery: Duration = .seconds(1)

    init(_ path: String) {
        self.path = path
        let store = LedgerStore(path)
        shared = Lock(Shared(view: store.view))
        self.store = Lock(store)
    }

    /// The version, without looking, while the first reading still goes on.
    func answerWhileReading() -> PageAnswer? {
        shared.withLock { shared in
            shared.reading.map { reading in
                PageAnswer([
                    "version": .integer(shared.view.version),
                    "reading": [
                        "done": .integer(Int64(reading.done)), "of": .integer(Int64(reading.of)),
                    ],
                ])
            }
        }
    }

    /// Looks for changes unless somebody just did, and tells what is there.
    func look() -> LedgerStore.View {
        store.withLock { store in
            let now = ContinuousClock.now
            let last = shared.withLock { $0.lastLook }
            if let last, now - last < Self.lookEvery { return store.view }
            store.refresh { done, total in
                shared.withLock { if $0.reading != nil { $0.reading = (done, total) } }
            }
            shared.withLock {
                $0.view = store.view
                $0.reading = nil
                $0.lastLook = .now
            }
            return store.view
        }
    }

    /// The runs as they were when somebody last looked.
    var view: LedgerStore.View { shared.withLock { $0.view } }

    /// Answers one question; may take long where it is a heavy one.
    func answer(_ question: PageQuestion) -> PageAnswer {
        let view = question.isHeavy ? heavyView() : look()
        switch question {
        case .version: return PageAnswer(["version": .integer(view.version)])
        case .runs(let since):
            if let since, since == view.version {
                return PageAnswer(["version": .integer(view.version), "unchanged": true])
            }
            return kept(.runs(since: nil), view) { .init(Self.columns(of: view).text()) }
        default:
            return kept(question, view) { page(question, view) }
        }
    }

    private static func columns(of view: LedgerStore.View) -> RunColumns {
        RunColumns(
            rows: view.rows,
            words: view.words,
            version: view.version,
            problems: view.problems
        )
    }

    /// The first reading is the quick thread's.
    private func heavyView() -> LedgerStore.View {
        shared.withLock { $0.reading == nil ? $0.view : nil } ?? look()
    }

    private func page(_ question: PageQuestion, _ view: LedgerStore.View) -> PageAnswer {
        do throws(CommandFailure) {
            switch question {
            case .version, .runs: return .refusal(500, "answered elsewhere")
            case .run(let id):
                guard let page = RunPageDocument(of: id, in: view) else { return .noSuchRun }
                return PageAnswer(page.json)
            case .telemetry(let id, let window):
                guard view.homes[id] != nil else { return .noSuchRun }
                guard let courses = PowerCourses(of: id, window, in: view) else {
                    return .refusal(404, "nothing tells when the run was")
                }
                return PageAnswer(courses.json)
            case .compare(let ids):
                guard let page = try ComparePage(ids, in: view, below: path) else {
                    return .noSuchRun
                }
                return PageAnswer(page.json)
            case .duplicates: return PageAnswer(try PageSummaries.duplicates(below: path))
            case .lifecycle:
                return PageAnswer(
                    try PageSummaries.lifecycle(below: path, audits: view.isAudited)
                )
            case .frontier(let metric, let better):
                return PageAnswer(FrontierPage(of: view, metric: metric, better: better).json)
            }
        } catch {
            return .refusal(500, error.line ?? "failed")
        }
    }

    private func kept(
        _ question: PageQuestion,
        _ view: LedgerStore.View,
        _ make: () -> PageAnswer
    ) -> PageAnswer {
        let known = shared.withLock { $0.kept[question] }
        if let known, known.version == view.version { return known.answer }
        let answer = make()
        let isTable = question == .runs(since: nil)
        // What went through all runs held much more than it leaves.
        if isTable || question.isHeavy { joule_give_memory_back() }
        guard answer.status == 200, isTable || answer.bytes.count <= Self.keptBytesMax else {
            return answer
        }
        shared.withLock { shared in
            shared.kept = shared.kept.filter { $0.value.version == view.version }
            let others = shared.kept.filter { $0.key != .runs(since: nil) }
            let bytes = others.values.reduce(answer.bytes.count) { $0 + $1.answer.bytes.count }
            if !isTable, others.count >= Self.keptMax || bytes > Self.allKeptBytesMax {
                for name in others.keys { shared.kept[name] = nil }
            }
            shared.kept[question] = Kept(version: view.version, answer: answer)
        }
        return answer
    }
}

extension PageAnswer {
    fileprivate static let noSuchRun = refusal(
        404,
        "there is no such run; it may have been removed since the page was opened"
    )
}
