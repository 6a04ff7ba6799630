import ArgumentParser
import JouleExchange
import JouleLifecycle
import JouleQuantities
import Joulebook

struct FactorsCommand: Subcommand {
    static let configuration = CommandConfiguration(
        commandName: "factors",
        abstract: "The factors that turn energy into carbon, and where they are from.",
        usage: """
            joulebook factors [<query> ...] [--factors <file>] [--json]
            joulebook factors --explain <region> [--year <year>]
                              [--factors <file>] [--json]
            joulebook factors --fetch <provider> --zone <zone>
                              [--since <date> --until <date>] -o <file>
            """,
        discussion: """
            Lists the factors that every query finds. A query is a code: a country (FR, FRA), a \
            cloud region with or without its provider (aws:eu-west-1, aws), a kind (carbon, pue) \
            or a year; or, where nothing has that code, the beginnings of words of a region, a \
            name or a source (german, ember).

            --explain says which factors 'joulebook lifecycle --region' takes and why, step by \
            step. What the set does not know is not stated: a range over the set stands for it, \
            and nothing is guessed.

            --fetch writes a series of grid intensities by the hour for 'joulebook lifecycle \
            --series'; nothing else here asks a network. electricitymaps needs your token in \
            ELECTRICITYMAPS_TOKEN, watttime your name and password in WATTTIME_USER and \
            WATTTIME_PASSWORD; its marginal series are refused by location-based sums. What was \
            fetched, and is older than two days, is kept in $XDG_CACHE_HOME/joulebook, or \
            ~/.cache/joulebook, and not asked for again.

            Where a terminal is narrow, signal, name and licence are left out; $COLUMNS sets the \
            width, also in a pipe.

            Examples:
              joulebook factors
              joulebook factors FR
              joulebook factors google pue
              joulebook factors --explain aws:eu-west-1 --year 2023
              joulebook factors --factors own.csv --explain FR
              joulebook factors --fetch electricitymaps --zone FR -o fr.csv
              joulebook factors --fetch electricitymaps --zone FR --since 2026-01-01 \\
                  --until 2026-02-01 -o fr-january.csv
              joulebook factors --json carbon | jq '.factors[].value'

            Exit status: 0; 64 wrong usage, or nothing found; 65 not a factor file, or not the \
            answer of a provider; 74 not readable, not writable, or no answer.
            """
    )

    @Argument(help: "A code, or the beginning of a word.") var query: [String] = []
    @Option(
        help: ArgumentHelp(
            "Which factors a country or cloud region gets, and why.",
            valueName: "region"
        )
    ) var explain: String?
    @Option(help: "With --explain, the year of the runs; else the newest.") var year: Int?
    @OptionGroup var factors: FactorsOption
    @OptionGroup var fetching: FetchOptions
    @Flag(help: "Print JSON (Schemas/factors.schema.json).") var json = false

    func perform(on console: Console) throws(CommandFailure) -> Int32 {
        try check()
        if let provider = fetching.fetch { return try fetch(from: provider, on: console) }
        let set = try factors.read()
        let listing =
            if let explain {
                FactorListing(
                    of: set,
                    explaining: FactorChoice(of: explain, year: year, in: set)
                )
            } else {
                FactorListing(of: set, matching: query)
            }
        guard explain != nil || !listing.factors.isEmpty else { throw nothingFound(in: set) }
        if json {
            try console.print(listing.json.bytes)
        } else {
            for line in FactorPage(listing, look: console.look).lines { try console.print(line) }
        }
        return 0
    }

    private func fetch(
        from provider: IntensityProvider,
        on console: Console
    ) throws(CommandFailure) -> Int32 {
        guard query.isEmpty, explain == nil, factors.factors == nil, !json else {
            throw .usage("--fetch takes no query, --explain, --factors or --json; leave them out")
        }
        guard let output = fetching.output, !output.isEmpty else {
            throw .usage("--fetch needs -o, the file to write")
        }
        let fetch = try SeriesFetch(
            fetching,
            provider,
            now: .now(),
            environment: environment
        )
        let series = try fetch.series { console.progress("fetching", $0, of: $1, unit: "weeks") }
        let file = try OutputFile(output)
        try file.write(Array(series.text.utf8))
        try file.finish()
        try console.print("\(output): \(series.rows.counted("row")) of \(fetch.zone)".visible)
        return 0
    }

    private func check() throws(CommandFailure) {
        guard !query.contains(where: { $0.withoutOuterBlanks.isEmpty }) else {
            throw .usage("an empty query was given; 'joulebook factors' alone lists all factors")
        }
        if let explain {
            guard query.isEmpty else {
                throw .usage("--explain takes one region and no query; leave out '\(query[0])'")
            }
            guard !explain.withoutOuterBlanks.isEmpty else {
                throw .usage("--explain is empty; name a country or a cloud region")
            }
        }
        if let year {
            guard explain != nil else {
                throw .usage(
                    "--year goes with --explain; give \(year) as a query to find factors of it"
                )
            }
            guard Factor.years.contains(year) else {
                throw .usage(
                    "--year \(year) is not between \(Factor.years.lowerBound) and"
                        + " \(Factor.years.upperBound)"
                )
            }
        }
    }

    private func nothingFound(in set: FactorSet) -> CommandFailure {
        let words = query.map { "'\($0)'" }.joined(separator: " ")
        let unknown = query.filter { set.factors(matching: [$0]).isEmpty }
        guard !unknown.isEmpty else {
            return .usage("each of \(words) finds factors, but none is found by all; give fewer")
        }
        let near = unknown.flatMap { set.regions(near: $0) }
        let advice =
            near.isEmpty
            ? "the set has \(Factor.Kind.allCases.map(\.quantity).joined(separator: " and ")) for"
                + " countries and cloud regions, and 'joulebook factors' lists it"
            : "did you mean \(near.joined(separator: ", "))?"
        return .usage(
            "no factor has \(unknown.map { "'\($0)'" }.joined(separator: " or ")); \(advice)"
        )
    }
}
