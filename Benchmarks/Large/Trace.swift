import Glibc
import JouleFormat

/// Rows by the rules of `format_data.py`: telemetry of eight meters, steps and epochs, block by block.
struct Trace {
    private var random = Random(state: 20_260_101)
    private var joules = [Double](repeating: 0, count: 8)
    private var watts = [Double](repeating: 62, count: 8)
    private var beat: Int64 = 0
    private var step: Int64 = 0
    private var epoch: Int64 = 0
    private var stepTime = start

    static let rows = 4096
    private static let start: Int64 = 1_700_000_000_000_000_000
    private static let meters = 8
    static let readingsPerSecond = 10 * meters

    /// Ten readings a second of each meter: whole milliwatts on plateaus with 2 % of noise, a counter
    /// of whole millijoules that adds them up.
    mutating func telemetry() -> [UInt16: ColumnValues] {
        var columns = [[UInt64]](repeating: [], count: 5)
        for row in 0..<Self.rows {
            let meter = row % Self.meters
            if meter == 0 { beat += 1 }
            if random.next() % 300 == 0 { watts[meter] = [62, 221, 297][Int(random.next() % 3)] }
            let late = Int64(40_000 * abs(random.normal())) + Int64(350_000 * meter)
            let milliwatts = (watts[meter] * (1 + 0.02 * random.normal()) * 1000).rounded()
            joules[meter] += milliwatts / 10_000 + 0.01 * random.normal()
            columns[0].append(0)
            columns[1].append(UInt64(meter))
            columns[2].append(UInt64(bitPattern: Self.start + beat * 100_000_000 + late))
            columns[3].append(((joules[meter] * 1000).rounded(.down) / 1000).bitPattern)
            columns[4].append((milliwatts / 1000).bitPattern)
        }
        return Self.numbered(columns)
    }

    /// Steps of about 120 ms: losses and norms of float32, accuracies of four decimals.
    mutating func steps() -> [UInt16: ColumnValues] {
        var columns = [[UInt64]](repeating: [], count: 7)
        for _ in 0..<Self.rows {
            stepTime += 120_000_000 + Int64(800_000 * random.normal())
            let decay = 0.3 + 2 / (1 + Double(step) / 2000)
            let accuracy = min(max(1 - decay / 3 + 0.03 * random.normal(), 0), 1)
            columns[0].append(0)
            columns[1].append(UInt64(bitPattern: step))
            columns[2].append(UInt64(bitPattern: stepTime))
            columns[3].append(Self.single(decay * exp(0.05 * random.normal())))
            columns[4].append((1e-3 * 0.5 * (1 + cos(Double(step / 391) / 4000))).bitPattern)
            columns[5].append(Self.single(exp(0.25 * random.normal())))
            columns[6].append(((accuracy * 10_000).rounded() / 10_000).bitPattern)
            step += 1
        }
        return Self.numbered(columns)
    }

    /// Epochs of about 12 s, the next one a moment after the last.
    mutating func epochs(_ count: Int = rows) -> [UInt16: ColumnValues] {
        var columns = [[UInt64]](repeating: [], count: 8)
        var time = Self.start + epoch * 12_000_000_000
        for _ in 0..<count {
            let duration = Int64(12e9 * (1 + 0.004 * random.normal()))
            let loss = 2.3 / (1 + 0.2 * Double(epoch % 64)) * (1 + 0.01 * random.normal())
            columns[0].append(0)
            columns[1].append(UInt64(bitPattern: epoch))
            columns[2].append(UInt64(bitPattern: epoch + 1))
            columns[3].append(UInt64(bitPattern: time))
            columns[4].append((Double(duration) / 1e9).bitPattern)
            columns[5].append(((280 * Double(duration) / 1e3).rounded() / 1e6).bitPattern)
            columns[6].append(Self.single(loss))
            columns[7].append((((0.95 - loss / 3) * 10_000).rounded() / 10_000).bitPattern)
            time += duration + Int64(30_000 + random.next() % 270_000)
            epoch += 1
        }
        return Self.numbered(columns)
    }

    /// What a framework that computes in float32 hands over.
    private static func single(_ value: Double) -> UInt64 { Double(Float(value)).bitPattern }

    private static func numbered(_ columns: [[UInt64]]) -> [UInt16: ColumnValues] {
        Dictionary(
            uniqueKeysWithValues: columns.enumerated().map {
                (UInt16($0), ColumnValues(words: $1))
            }
        )
    }
}

/// A small generator, so that every run writes the same bytes.
private struct Random {
    var state: UInt64

    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return state >> 33
    }

    /// Of mean 0 and deviation 1, as far as a sum of four can tell.
    mutating func normal() -> Double {
        var sum = 0.0
        for _ in 0..<4 { sum += Double(next()) / 0x1p31 }
        return (sum - 2) * 1.732_050_807_568_877_2
    }
}
