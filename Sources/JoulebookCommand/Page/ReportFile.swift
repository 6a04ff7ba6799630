import JouleExchange
import JouleFile
import JouleQuantities
import Joulebook

/// The pages of a directory as one file, with everything that they need (`joulebook report`).
struct ReportFile {
    private let path: String
    private let title: String
    private let library: PageLibrary
    private let view: LedgerStore.View
    /// What `api/` would answer, by name: texts of JSON.
    private var answers: [(name: String, text: [UInt8])] = []
    private var bytes = 0
    private(set) var runsLeftOut = 0

    /// Bytes that the data of a report take, as far as details of runs have a choice.
    private static let dataBytesMax = 920_000
    /// Where no more room is left than that, no run is looked at any more.
    private static let detailBytesMin = 4096
    /// So many runs have their details at most, however small these are.
    private static let detailedMax = 400
    /// So many metrics have a frontier of their own.
    private static let frontiersMax = 6
    private static let listsMax = 100
    private static let powerPoints = 120

    init(_ path: String, title: String?) throws(CommandFailure) {
        self.path = path
        library = PageLibrary(path)
        view = library.look()
        let name = path.split(separator: "/").last.map(String.init) ?? path
        self.title = title ?? name
        guard !view.rows.isEmpty || view.problems.isEmpty else {
            throw .badData(view.problems.linesByFile[0])
        }
        add("runs", library.answer(.runs(since: nil)).bytes)
        add("duplicates", try PageSummaries.duplicates(below: path, listsMax: Self.listsMax).bytes)
        add("lifecycle", try PageSummaries.lifecycle(below: path, audits: view.isAudited).bytes)
        let frontier = frontier(nil)
        add("frontier", frontier.json.bytes)
        for metric in frontier.metrics.prefix(Self.frontiersMax) where metric != frontier.metric {
            add("frontier?metric=\(metric.asURIComponent)", self.frontier(metric).json.bytes)
        }
        let templates: JSON = [
            "curves": Charts.curves(of: []), "efficiency": Charts.efficiency(of: []),
        ]
        add("templates", templates.bytes)
        addRuns()
    }

    /// The files that could not be read.
    var problems: [LedgerDirectory.Problem] { view.problems }

    private mutating func add(_ name: String, _ text: [UInt8]) {
        let safe = text.withoutMarkup
        answers.append((name, safe))
        bytes += safe.count
    }

    private func frontier(_ metric: String?) -> FrontierPage {
        FrontierPage(
            of: view,
            metric: metric,
            better: nil,
            pointsMax: FrontierPage.pointsMaxInReport
        )
    }

    /// The newest runs in full, as many as there is room for.
    private mutating func addRuns() {
        let newest = view.rows.reversed().prefix(Self.detailedMax)
        let pages = RunPageDocument.Several(
            newest.map(\.id),
            in: view,
            powerPoints: Self.powerPoints
        )
        var detailed = 0
        for row in newest {
            guard bytes < Self.dataBytesMax - Self.detailBytesMin else { break }
            // One that was removed meanwhile, or that is large, keeps no other out.
            guard let text = pages.page(of: row.id)?.brief.bytes.withoutMarkup,
                bytes + text.count <= Self.dataBytesMax
            else { continue }
            answers.append(("run/\(row.id.description.asURIComponent)", text))
            bytes += text.count
            detailed += 1
        }
        runsLeftOut = view.rows.count - detailed
    }

    // MARK: The file

    /// The text of the file, piece by piece.
    func write(to write: ([UInt8]) throws(CommandFailure) -> Void) throws(CommandFailure) {
        for piece in InlinedPage().pieces {
            switch piece {
            case .text(let text): try write(text)
            case .data: try writeData(to: write)
            }
        }
    }

    private func writeData(to write: ([UInt8]) throws(CommandFailure) -> Void)
        throws(CommandFailure)
    {
        var head = JSONObject()
        head["mode"] = "report"
        head["made"] = .double(WallTime.now().unixSeconds)
        head["version"] = .string(joulebookVersion)
        head["title"] = .string(title)
        head["left_out"] = ["run_documents": .integer(Int64(runsLeftOut))]
        var opening = JSON.object(head).bytes.withoutMarkup
        opening.removeLast()
        try write(opening + Array(",\"api\":{".utf8))
        for (place, answer) in answers.enumerated() {
            var name: [UInt8] = place > 0 ? [UInt8(ascii: ",")] : []
            JSON.writeString(answer.name, into: &name)
            name.append(UInt8(ascii: ":"))
            try write(name.withoutMarkup)
            try write(answer.text)
        }
        try write(Array("}}".utf8))
    }
}
