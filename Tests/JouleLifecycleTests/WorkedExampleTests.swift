import FoundationEssentials
import JouleQuantities
import Testing

@testable import JouleLifecycle

/// Published cases of energy and carbon, from the shared folder when it is there.
///
/// A case is chosen by the shape of its inputs and outputs, never by its name.
@Suite("Published cases", .enabled(if: WorkedExamples.isPresent, WorkedExamples.missing))
struct WorkedExampleTests {
    @Test("Cases whose inputs state power, time, PUE and intensity come out as published")
    func reproduces() throws {
        var checked = 0
        for example in try WorkedExamples.all() where example.status == "reproduces" {
            guard let inputs = EnergyAndCarbonInputs(example.inputs) else { continue }
            for (name, published) in example.outputs {
                guard let computed = inputs.output(name), let published = published.double else {
                    continue
                }
                checked += 1
                #expect(
                    closeTo(computed, published, relative: example.tolerance),
                    "\(example.id): \(name) is \(computed), published \(published)"
                )
            }
        }
        // A reader that recognises no shape would pass without having checked anything.
        #expect(checked >= 39, "only \(checked) published numbers were checked")
    }

    @Test("A case that contradicts its own inputs is not fitted")
    func inconsistent() throws {
        for example in try WorkedExamples.all() where example.status == "published_inconsistent" {
            guard let inputs = EnergyAndCarbonInputs(example.inputs) else { continue }
            let pairs = example.outputs.compactMap { name, published in
                inputs.output(name).flatMap { computed in published.double.map { (computed, $0) } }
            }
            guard !pairs.isEmpty else { continue }
            #expect(
                pairs.contains { !closeTo($0, $1, relative: 0.02) },
                "\(example.id) comes out as published although it contradicts itself"
            )
        }
    }
}

/// Inputs of F1 to F3 in any of the published spellings.
private struct EnergyAndCarbonInputs {
    private let energy: EnergyIT
    private let facility: EnergyFacility
    private let carbonGrams: Double?
    /// Whether `energy_kwh` of this case is printed before the PUE was applied.
    private let statesITEnergy: Bool

    /// Nil when the inputs hold anything beyond power, time, PUE, intensity, counts and prices.
    init?(_ inputs: JSONObject) {
        let known: Set = [
            "hardware", "avg_power_w_all_devices", "hours", "pue", "carbon_lb_per_kwh",
            "price_low_usd_per_gpu_h", "price_high_usd_per_gpu_h", "chips", "avg_power_w",
            "avg_system_power_w_per_chip", "days", "gross_kg_per_kwh", "net_kg_per_kwh", "flop",
            "gpu_hours", "chip_hours", "gpu_kw", "tdp_w", "power_w", "avg_w", "kg_per_kwh",
            "gco2e_per_kwh", "g_per_kwh", "energy_kwh", "idle_kwh", "kwh", "requests", "gpus",
            "gpu_energy_mwh", "wue_total_l_per_kwh",
        ]
        guard inputs.members.allSatisfy({ known.contains($0.name) }) else { return nil }
        func number(_ names: String...) -> Double? {
            names.lazy.compactMap { inputs[$0]?.double }.first
        }
        if let stated = number("energy_kwh", "idle_kwh", "kwh") {
            energy = EnergyIT(kilowattHours: stated)
        } else if let stated = number("gpu_energy_mwh") {
            energy = EnergyIT(kilowattHours: stated * 1000)
        } else if let watts = number("avg_power_w_all_devices")
            ?? number("avg_power_w", "avg_system_power_w_per_chip", "tdp_w", "power_w", "avg_w")
            ?? number("gpu_kw").map({ $0 * 1000 }),
            let hours = number("gpu_hours", "chip_hours", "hours")
                ?? number("days").map({ $0 * 24 })
        {
            let devices = (number("chips") ?? 1) * (number("gpus") ?? 1)
            energy = EnergyIT(power: Power(watts: watts * devices), hours: hours)
        } else {
            return nil
        }
        guard let pue = PUE(number("pue") ?? 1) else { return nil }
        let site = energy.facility(pue: pue)
        facility = site
        // Where a mean over accelerators times their hours is given, the energy printed beside it is
        // the one before the PUE (StarCoder, Gopher); elsewhere it is the facility's.
        statesITEnergy = inputs["avg_w"] != nil
        let pounds = number("carbon_lb_per_kwh").map {
            GridIntensity<LocationAverage>(poundsPerMegawattHour: $0 * 1000)
        }
        let intensity =
            pounds
            ?? (number("kg_per_kwh", "gross_kg_per_kwh").map { $0 * 1000 }
            ?? number("gco2e_per_kwh", "g_per_kwh"))
            .map { GridIntensity<LocationAverage>(gramsPerKilowattHour: $0) }
        carbonGrams = intensity.map { site.carbon(at: $0).grams }
    }

    private var printedKilowattHours: Double {
        statesITEnergy ? energy.kilowattHours : facility.kilowattHours
    }

    /// What the formulae give for an output, nil for outputs of other formulae.
    func output(_ name: String) -> Double? {
        switch name {
        case "energy_kwh": printedKilowattHours
        case "energy_mwh": printedKilowattHours / 1000
        case "kwh", "energy_kwh_with_pue": facility.kilowattHours
        case "facility_mwh": facility.kilowattHours / 1000
        case "tco2e", "gross_tco2e": carbonGrams.map { $0 / 1e6 }
        case "kg", "kgco2e", "total_kgco2e": carbonGrams.map { $0 / 1000 }
        case "co2e_lb": carbonGrams.map { $0 / 453.592_37 }
        default: nil
        }
    }
}

private enum WorkedExamples {
    struct Example {
        let id: String
        let status: String
        let inputs: JSONObject
        let outputs: [(String, JSON)]
        let tolerance: Double
    }

    static let missing: Comment =
        "no shared folder; set JOULEBOOK_SHARED to run the published cases"
    static var isPresent: Bool { FileManager.default.fileExists(atPath: path) }

    private static var path: String {
        let root = ProcessInfo.processInfo.environment["JOULEBOOK_SHARED"] ?? "../shared"
        return root + "/data/examples/worked_examples.json"
    }

    static func all() throws -> [Example] {
        let data = try Data(contentsOf: URL(filePath: path))
        let json = try JSON(parsing: Array(data))
        return (json["examples"]?.array ?? []).map { example in
            Example(
                id: example["id"]?.string ?? "?",
                status: example["status"]?.string ?? "",
                inputs: example["inputs"]?.object ?? JSONObject(),
                outputs: (example["published_outputs"]?.object?.members ?? []).map {
                    ($0.name, $0.value)
                },
                tolerance: example["tolerance_rel"]?.double ?? 0
            )
        }
    }
}
