import ArgumentParser
import JouleExchange
import JouleFile
import JouleLifecycle
import JouleQuantities

/// A chart of the page, as `report --chart` names it.
enum PageChart: String, CaseIterable, ExpressibleByArgument {
    case course, power, phases, curves, efficiency, weeks, stages, frontier

    /// The Vega-Lite specification, of the runs whose ids begin so where it is of runs.
    ///
    /// Files that could not be read are told on the console.
    func specification(
        below path: String,
        _ prefixes: [String],
        _ metric: String?,
        _ better: Efficiency.Direction?,
        on console: Console
    ) throws(CommandFailure) -> JSON {
        try check(prefixes, metric, better)
        let spec = try found(below: path, prefixes, metric, better) { console.complain($0) }
        if let spec { return spec }
        throw .badData("\(path): holds nothing that chart '\(rawValue)' could show")
    }

    private func check(
        _ prefixes: [String],
        _ metric: String?,
        _ better: Efficiency.Direction?
    ) throws(CommandFailure) {
        if self != .frontier {
            if metric != nil { throw .usage("--metric is of chart 'frontier'; leave it out") }
            if let better {
                throw .usage("--\(better.rawValue) is of chart 'frontier'; leave it out")
            }
        }
        switch self {
        case .course, .power, .phases:
            guard prefixes.count <= 1 else { throw .usage("chart '\(rawValue)' is of one run") }
        case .curves, .efficiency:
            guard prefixes.count >= 1 else {
                throw .usage("chart '\(rawValue)' is of runs that --run names, once for each")
            }
        case .weeks, .stages, .frontier:
            guard prefixes.isEmpty else { throw .usage("chart '\(rawValue)' is of all runs") }
        }
    }

    private func found(
        below path: String,
        _ prefixes: [String],
        _ metric: String?,
        _ better: Efficiency.Direction?,
        _ complain: (String) -> Void
    ) throws(CommandFailure) -> JSON? {
        switch self {
        case .weeks:
            let page = try PageSummaries.duplicates(below: path)
            page["audit"]?.problemLines.forEach(complain)
            return page["charts"]?[rawValue]
        case .stages:
            let page = try PageSummaries.lifecycle(below: path, audits: false)
            page["lifecycle"]?.problemLines.forEach(complain)
            return page["charts"]?[rawValue]
        default: break
        }
        let view = PageLibrary(path).look()
        view.problems.linesByFile.forEach(complain)
        if self == .frontier {
            return FrontierPage(of: view, metric: metric, better: better)
                .json["charts"]?[rawValue]
        }
        var ids: [RunID] = []
        for prefix in prefixes {
            ids.append(try view.rows.only(\.id, beginningWith: prefix, in: path).id)
        }
        if ids.isEmpty, let newest = view.rows.last { ids = [newest.id] }
        if self == .curves || self == .efficiency {
            return try ComparePage(ids, in: view, below: path)?.json["charts"]?[rawValue]
        }
        return ids.first.flatMap { RunPageDocument(of: $0, in: view) }?.json["charts"]?[rawValue]
    }
}

extension JSON {
    /// What a document says of files that could not be read.
    fileprivate var problemLines: [String] {
        (self["problems"]?.array ?? []).compactMap { problem in
            guard let path = problem["path"]?.string, let message = problem["message"]?.string
            else {
                return nil
            }
            return "\(path): \(message)"
        }
    }
}
