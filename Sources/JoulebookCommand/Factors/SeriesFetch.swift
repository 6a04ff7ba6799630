import JouleExchange
import JouleLifecycle
import JouleMeters
import JouleQuantities

/// Asks a provider for what it knows of a zone, each stretch of time once.
struct SeriesFetch {
    let provider: IntensityProvider
    let zone: String
    /// Nil for the last 24 hours.
    let span: FetchSpan?
    private let environment: (String) -> String?
    private let service: HTTPSService
    private let cache: FetchCache?

    /// Seconds until an answer is given up.
    private static let secondsMax = 30.0
    /// Unix seconds; newer values may still be estimated or corrected, and are asked for again.
    private let settled: Int64

    init(
        _ options: FetchOptions,
        _ provider: IntensityProvider,
        now: WallTime,
        environment: @escaping (String) -> String?
    ) throws(CommandFailure) {
        guard let zone = options.zone, IntensityProvider.isZone(zone) else {
            throw .usage(
                "--fetch needs --zone, a name of \(provider.name) such as FR or CAISO_NORTH"
            )
        }
        self.provider = provider
        self.zone = zone
        span = try Self.span(options, provider, now: now)
        settled = now.unixNanoseconds / 1_000_000_000 - 2 * 86_400
        self.environment = environment
        do throws(HTTPSService.Mistake) {
            let address = environment(provider.addressVariable) ?? provider.address
            service = try HTTPSService(address, environment: environment)
        } catch {
            throw .usage("\(provider.addressVariable): \(error)")
        }
        let host = service.origin.split(separator: "/").last.map(String.init) ?? ""
        cache = FetchCache(of: "\(provider.rawValue)-\(host)", environment: environment)
    }

    private static func span(
        _ options: FetchOptions,
        _ provider: IntensityProvider,
        now: WallTime
    ) throws(CommandFailure) -> FetchSpan? {
        switch (options.since?.start, options.until?.start) {
        case (let since?, let until?):
            guard until <= now else { throw .usage("--until lies in the future; give an earlier") }
            guard let span = FetchSpan(from: since, until: until) else {
                throw .usage(
                    "--since and --until span no time, or more than \(FetchSpan.daysMax) days;"
                        + " give less"
                )
            }
            return span
        case (nil, nil) where provider.path(zone: "", nil) != nil: return nil
        default: throw .usage("give both --since and --until")
        }
    }

    /// The series; `progress` is told how many parts of how many are there.
    func series(progress: (Int, Int) -> Void) throws(CommandFailure) -> FetchedSeries {
        var access: String?
        var readings: [ProviderReading] = []
        let parts: [FetchSpan?] = span.map(\.parts) ?? [nil]
        for (number, part) in parts.enumerated() {
            progress(number, parts.count)
            if let part, let known = cache?.answer(zone: zone, part),
                let found = try? provider.readings(known, zone: zone, part)
            {
                readings += found
                continue
            }
            if access == nil { access = try self.access() }
            let answer = try answer(part, access)
            let found: [ProviderReading]
            do throws(ProviderError) {
                found = try provider.readings(answer, zone: zone, part)
            } catch {
                throw .badData("\(service.origin): \(error.reason)")
            }
            readings += found
            if let part, !found.isEmpty, part.end <= settled {
                _ = try series(of: found)
                cache?.keep(answer, zone: zone, part)
            }
        }
        guard !readings.isEmpty else {
            throw .badData("\(service.origin): it knows nothing of \(zone) at that time")
        }
        return try series(of: readings)
    }

    private func series(of readings: [ProviderReading]) throws(CommandFailure) -> FetchedSeries {
        do throws(LifecycleError) {
            return try FetchedSeries(readings, of: zone, from: provider)
        } catch {
            throw .badData("\(service.origin): its values are no series: \(error)")
        }
    }

    // MARK: Asking

    /// The line of a request's head that says who asks.
    private func access() throws(CommandFailure) -> String {
        var secrets: [String] = []
        for variable in provider.secretVariables {
            guard let secret = environment(variable), !secret.isEmpty else {
                throw .usage("\(provider.name) asks who you are; set \(variable)")
            }
            // A line end in it would be a second line of the head.
            guard secret.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
                throw .usage("\(variable) holds a line end or the like, which no such secret has")
            }
            secrets.append(secret)
        }
        switch provider {
        case .electricityMaps: return "auth-token: \(secrets[0])"
        case .wattTime:
            let answer = try checked("/login", credentials: secrets.joined(separator: ":"))
            let token = (try? JSON(parsing: answer))?["token"]?.string
            guard let token, token.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
                throw .badData("\(service.origin): /login gives no token as documented")
            }
            return "Authorization: Bearer \(token)"
        }
    }

    private func answer(_ part: FetchSpan?, _ header: String?) throws(CommandFailure) -> [UInt8] {
        guard let path = provider.path(zone: zone, part) else { return [] }
        return try checked(path, header: header)
    }

    /// The document at a path, or why there is none.
    private func checked(
        _ path: String,
        credentials: String? = nil,
        header: String? = nil
    ) throws(CommandFailure) -> [UInt8] {
        var request = HTTPSRequest(path: path)
        request.credentials = credentials
        if let header { request.headers.append(header) }
        let answer: HTTPSAnswer
        do throws(HTTPSFailure) {
            answer = try service.answer(to: request, secondsMax: Self.secondsMax)
        } catch {
            throw .inputOutput("\(service.origin): \(error); nothing was written")
        }
        if answer.status == 200 { return answer.body }
        throw .inputOutput("\(service.origin): \(refusal(answer)); nothing was written")
    }

    private func refusal(_ answer: HTTPSAnswer) -> String {
        let status = answer.status
        switch status {
        case 401:
            let names = provider.secretVariables.joined(separator: " and ")
            return "it refuses who asks (401); check \(names)"
        case 403: return "what you have agreed with it does not contain \(zone) at that time (403)"
        case 400, 404, 422: return "it knows no zone \(zone), or not at that time (\(status))"
        case 429:
            let wait = answer.retryAfterSeconds.map { "in \($0) s" } ?? "later"
            return "it was asked too often (429); try again \(wait), what came is kept"
        case 300..<400: return "it points elsewhere (\(status)), which is not followed"
        case 500..<600: return "it fails (\(status)); try again later, what came is kept"
        default: return "HTTP status \(status)"
        }
    }
}
