import ArgumentParser
import JouleLifecycle
import JouleQuantities

struct FactorsCommand: Subcommand {
    static let configuration = CommandConfiguration(
        commandName: "factors",
        abstract: "The factors that turn energy into carbon, and where they are from.",
        usage: """
            joulebook factors [<query> ...] [--factors <file>] [--json]
            joulebook factors --explain <region> [--year <year>]
                              [--factors <file>] [--json]
            """,
        discussion: """
            Lists the factors that every query finds. A query is a code: a country (FR, FRA), a \
            cloud region with or without its provider (aws:eu-west-1, aws), a kind (carbon, pue) \
            or a year; or, where nothing has that code, the beginnings of words of a region, a \
            name or a source (german, ember).

            --explain says which factors 'joulebook lifecycle --region' takes and why, step by \
            step. What the set does not know is not stated: a range over the set stands for it, \
            and nothing is guessed.

            Where a terminal is narrow, signal, name and licence are left out; $COLUMNS sets the \
            width, also in a pipe.

            Examples:
              joulebook factors
              joulebook factors FR
              joulebook factors google pue
              joulebook factors --explain aws:eu-west-1 --year 2023
              joulebook factors --factors own.csv --explain FR
              joulebook factors --json carbon | jq '.factors[].value'

            Exit status: 0; 64 wrong usage, or nothing found; 65 not a factor file; 74 not \
            readable.
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
    @Flag(help: "Print JSON (Schemas/factors.schema.json).") var json = false

    func perform(on console: Console) throws(CommandFailure) -> Int32 {
        try check()
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
