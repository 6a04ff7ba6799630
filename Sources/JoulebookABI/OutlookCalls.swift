// The functions bear the names of joulebook.h.
// swift-format-ignore-file: AlwaysUseLowerCamelCase

public import CJoulebook
import JouleFile
import JouleLifecycle
import JouleQuantities
import Joulebook

/// See `joulebook.h`.
@c @implementation
public func joulebook_run_plan(
    _ run: OpaquePointer?,
    _ first: Int64,
    _ last: Int64
) -> joulebook_status {
    guard let run = unsafe object(run, RunHandle.self)?.run, first <= last else {
        return JOULEBOOK_INVALID
    }
    run.plan(epochs: Int(first)...Int(last))
    return JOULEBOOK_OK
}

/// See `joulebook.h`.
@c @implementation
public func joulebook_run_forecast(
    _ run: OpaquePointer?,
    _ options: UnsafePointer<CChar>?,
    _ json: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?,
    _ error: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
) -> joulebook_status {
    let options = unsafe options == nil ? "{}" : text(options)
    let run = unsafe object(run, RunHandle.self)?.run
    return unsafe answer(json, error) { () throws(OptionError) in
        guard let run else { throw OptionError("there is no run") }
        var last: Int?
        for value in try OptionValue.members(of: options, named: "options") {
            guard value.name == "until" else {
                throw OptionError("\(value.name.debugDescription) is not an option of a forecast")
            }
            last = try value.whole()
        }
        let intensity = run.budgetKgPerKWh ?? run.kgPerKWh
        return run.forecast(until: last, kgPerKWh: intensity)?.json.text() ?? "null"
    }
}

/// See `joulebook.h`.
@c @implementation
public func joulebook_run_budget(
    _ run: OpaquePointer?,
    _ budget: UnsafePointer<CChar>?,
    _ error: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
) -> joulebook_status {
    let text = unsafe text(budget)
    let run = unsafe object(run, RunHandle.self)?.run
    return unsafe answer(nil, error) { () throws(OptionError) in
        guard let run else { throw OptionError("there is no run") }
        var budget = Budget()
        for value in try OptionValue.members(of: text, named: "budget") {
            switch value.name {
            case "energy_kwh": budget.energyKWh = try value.number()
            case "carbon_kg": budget.carbonKg = try value.number()
            case "usd": budget.usd = try value.number()
            case "kg_per_kwh": budget.kgPerKWh = try value.number()
            case "usd_per_kwh": budget.usdPerKWh = try value.number()
            case "on_exceed": budget.onExceed = try value.word(Budget.Action.self)
            default: throw OptionError("\(value.name.debugDescription) is no part of a budget")
            }
        }
        if budget.carbonKg != nil { budget.kgPerKWh = budget.kgPerKWh ?? run.kgPerKWh }
        do throws(RunError) {
            try run.budget(budget)
        } catch {
            throw OptionError(error.description)
        }
        return ""
    }
}

/// See `joulebook.h`.
@c @implementation
public func joulebook_run_review_budget(
    _ run: OpaquePointer?,
    _ json: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
) -> joulebook_status {
    unsafe hand(nil, to: json)
    guard let run = unsafe object(run, RunHandle.self)?.run else { return JOULEBOOK_INVALID }
    let events = run.budgetEvents().map { JSON.object($0.json) }
    let answer: JSON = ["should_stop": .bool(run.mustStop), "events": .array(events)]
    unsafe hand(answer.text(), to: json)
    return JOULEBOOK_OK
}

/// See `joulebook.h`.
@c @implementation
public func joulebook_forecast(
    _ question: UnsafePointer<CChar>?,
    _ json: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?,
    _ error: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
) -> joulebook_status {
    let text = unsafe text(question)
    return unsafe answer(json, error) { () throws(OptionError) in
        try ForecastQuestion(json: text).forecast?.json.text() ?? "null"
    }
}

/// Hands out what `body` finds, or why it cannot.
private func answer(
    _ json: OutText?,
    _ error: OutText?,
    _ body: () throws(OptionError) -> String
) -> joulebook_status {
    unsafe hand(nil, to: json)
    unsafe hand(nil, to: error)
    do throws(OptionError) {
        unsafe hand(try body(), to: json)
        return JOULEBOOK_OK
    } catch let failure {
        unsafe hand(failure.description, to: error)
        return JOULEBOOK_INVALID
    }
}

/// Epochs that were written down somewhere.
private struct ForecastQuestion {
    private var until: Double?
    private var first: Double?
    private var epochs: [JSON] = []
    private(set) var forecast: Forecast?

    init(json text: String?) throws(OptionError) {
        for value in try OptionValue.members(of: text, named: "the question") {
            switch value.name {
            case "until": until = try value.number()
            case "first": first = try value.number()
            case "epochs": epochs = try value.list()
            default: throw OptionError("\(value.name.debugDescription) is no part of a forecast")
            }
        }
        guard let until else {
            throw OptionError("until, the number of the last epoch, is missing")
        }
        var forecaster = Forecaster(first: first)
        for (place, epoch) in epochs.enumerated() {
            let number = try Self.number("epoch", of: epoch, place)
            let seconds = try Self.amount("duration_s", of: epoch, place)
            guard let number, let seconds else {
                throw OptionError("epochs[\(place)] must be an object with epoch and duration_s")
            }
            let joules = try Self.amount("energy_j", of: epoch, place)
            forecaster.add(epoch: number, seconds: seconds, joules: joules)
        }
        forecast = forecaster.forecast(until: until)
    }

    private static func number(
        _ name: String,
        of epoch: JSON,
        _ place: Int
    ) throws(OptionError) -> Double? {
        guard let json = epoch[name], json != .null else { return nil }
        return try OptionValue(name: "epochs[\(place)].\(name)", json: json).number()
    }

    private static func amount(
        _ name: String,
        of epoch: JSON,
        _ place: Int
    ) throws(OptionError) -> Double? {
        guard let value = try number(name, of: epoch, place) else { return nil }
        guard value >= 0 else {
            throw OptionError("epochs[\(place)].\(name) must not be negative")
        }
        return value
    }
}

extension OptionValue {
    /// The members of a JSON object that are not null.
    static func members(of text: String?, named name: String) throws(OptionError) -> [OptionValue] {
        guard let object = text.flatMap({ try? JSON(parsing: $0) })?.object else {
            throw OptionError("\(name) must be a JSON object")
        }
        return object.members.filter { $0.value != .null }
            .map { OptionValue(name: $0.name, json: $0.value) }
    }
}

extension Run {
    /// Carbon intensity of what the run measures: that of its region, times its PUE where known.
    fileprivate var kgPerKWh: Double? {
        var record = RunRecord(id: id, status: .running)
        record.env = environment
        record.started = startedAt
        return RunSite.kgPerKWh(of: record)
    }
}
