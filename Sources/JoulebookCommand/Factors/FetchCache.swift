import FoundationEssentials
import Glibc
import JouleExchange

/// Answers of a provider, as they came, in the user's own cache; nothing depends on it.
struct FetchCache {
    private let folder: String

    /// In `$XDG_CACHE_HOME/joulebook/series`, or that of `~/.cache`; nil without both variables.
    init?(of provider: String, environment: (String) -> String?) {
        let home = environment("HOME").flatMap { $0.hasPrefix("/") ? "\($0)/.cache" : nil }
        let stated = environment("XDG_CACHE_HOME").flatMap { $0.hasPrefix("/") ? $0 : nil }
        guard let root = stated ?? home else { return nil }
        folder = "\(root)/joulebook/series/\(provider)"
    }

    func answer(zone: String, _ span: FetchSpan) -> [UInt8]? {
        FileManager.default.contents(atPath: path(zone, span)).map(Array.init)
    }

    /// Where it cannot be kept, it is asked for again.
    func keep(_ answer: [UInt8], zone: String, _ span: FetchSpan) {
        try? FileManager.default.createDirectory(
            atPath: folder,
            withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700]
        )
        do throws(CommandFailure) {
            let file = try OutputFile(path(zone, span))
            try file.write(answer)
            try file.finish()
        } catch {}
    }

    private func path(_ zone: String, _ span: FetchSpan) -> String {
        "\(folder)/\(zone)-\(span.start)-\(span.end).json"
    }
}
