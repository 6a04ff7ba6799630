import JouleFormat
import JouleQuantities
import JouleTestSupport
import Testing

@testable import JouleFile

@Suite("Which readings of a meter are kept")
struct ThinnedReadingsTests {
    static let begin: Int64 = 1_700_000_000_000_000_000
    static let minute: Int64 = 60_000_000_000

    /// Readings of a meter each second or so, which pauses now and then; a counter that may restart and
    /// a clock that may be set where `isRough`.
    static func readings(seed: UInt64, isRough: Bool) -> [MeterReading] {
        var random = SplitMix(seed: seed)
        var readings: [MeterReading] = []
        var (timeNS, joules) = (begin + Int64(random.next() % UInt64(minute)), 0.0)
        for _ in 0..<(random.next() % 600) {
            let isPause = random.next() % 97 == 0
            let stepNS = Int64(900_000_000 + random.next() % 200_000_000)
            let watts = Double(random.next() % 400_000) / 1000
            timeNS += isPause ? 100 * stepNS : stepNS
            joules += watts * Double(stepNS) * 1e-9
            if isRough, random.next() % 61 == 0 { joules = 0 }
            if isRough, random.next() % 61 == 0 { timeNS -= 10_000_000_000 }
            let isFirst = isPause || readings.isEmpty
            readings.append(.init(timeNS: timeNS, joules: joules, watts: isFirst ? nil : watts))
        }
        return readings
    }

    static func thinned(
        _ readings: [MeterReading],
        each intervalNS: Int64 = minute,
        around moments: [Int64] = []
    ) -> [MeterReading] {
        var thinning = ThinnedReadings(intervalNS: intervalNS, keepingAround: moments)
        var kept = readings.compactMap { thinning.take($0) }
        if let last = thinning.finish() { kept.append(last) }
        #expect(thinning.removed == readings.count - kept.count)
        return kept
    }

    @Test(
        "A kept reading has its time and energy, and of each interval the last one is kept",
        arguments: 0..<100
    )
    func exact(seed: UInt64) throws {
        let readings = Self.readings(seed: seed, isRough: seed % 2 == 1)
        let kept = Self.thinned(readings)
        var rest = readings[...]
        for reading in kept {
            let place = rest.firstIndex {
                $0.timeNS == reading.timeNS && $0.joules.bitPattern == reading.joules.bitPattern
                    && ($0.watts == nil) == (reading.watts == nil)
            }
            rest = rest[try #require(place, "seed \(seed)")...].dropFirst()
        }
        #expect(kept.first == readings.first)
        #expect(kept.last?.timeNS == readings.last?.timeNS)
        for (reading, next) in zip(readings, readings.dropFirst())
        where reading.timeNS / Self.minute != next.timeNS / Self.minute {
            #expect(kept.contains { $0.timeNS == reading.timeNS }, "seed \(seed)")
        }
    }

    @Test("Without pauses an interval keeps one reading, and few are left")
    func few() {
        let readings = (0..<3600).map { second in
            MeterReading(
                timeNS: Self.begin + Int64(second) * 1_000_000_000,
                joules: Double(second) * 100,
                watts: 100
            )
        }
        let kept = Self.thinned(readings)
        // The first one, and the last one of each of the 61 minutes that the hour touches.
        #expect(kept.count == 62)
        #expect(kept.allSatisfy { $0.watts == 100 })
    }

    @Test("A meter that is renewed less often than it is read keeps one reading an interval, too")
    func repeated() {
        var readings: [MeterReading] = []
        for second in 0..<3600 {
            let (timeNS, joules) = (
                Self.begin + Int64(second) * 1_000_000_000, Double(second) * 100
            )
            readings.append(.init(timeNS: timeNS, joules: joules, watts: 100))
            for _ in 0..<9 { readings.append(.init(timeNS: timeNS, joules: joules, watts: nil)) }
        }
        let kept = Self.thinned(readings)
        #expect(kept.count == 62 && kept.allSatisfy { $0.watts == 100 })
        // In the order in which they were written.
        var thinning = ThinnedReadings(intervalNS: Self.minute)
        for reading in readings { _ = thinning.take(reading) }
        _ = thinning.finish()
        var left = Set(kept)
        let gone = readings.filter { left.remove($0) == nil }
        #expect(thinning.digest == Digest(of: gone.flatMap(Self.bytes)))
    }

    /// As `joule-format.md` has them.
    static func bytes(_ reading: MeterReading) -> [UInt8] {
        let words = [
            UInt64(bitPattern: reading.timeNS), reading.joules.bitPattern,
            reading.watts?.bitPattern ?? 0,
        ]
        return words.flatMap { word in
            (0..<8).map { UInt8(truncatingIfNeeded: word >> ($0 * 8)) }
        }
    }

    @Test("Powers are the means since the reading before, but for pauses", arguments: 0..<50)
    func means(seed: UInt64) {
        let readings = Self.readings(seed: seed, isRough: false)
        let kept = Self.thinned(readings)
        for (before, reading) in zip(kept, kept.dropFirst()) {
            guard let watts = reading.watts else { continue }
            let seconds = Double(reading.timeNS - before.timeNS) * 1e-9
            #expect(abs(watts * seconds - (reading.joules - before.joules)) < 1e-3, "seed \(seed)")
        }
    }

    @Test("What is thinned once stays as it is, and is thinned as before by longer intervals")
    func again() {
        for seed in 0..<100 {
            let readings = Self.readings(seed: UInt64(seed), isRough: seed % 2 == 1)
            let moments = readings.filter { $0.timeNS % 7 == 0 }.prefix(5).map(\.timeNS)
            let kept = Self.thinned(readings, around: moments)
            #expect(Self.thinned(kept, around: moments) == kept, "seed \(seed)")
            let hour = 60 * Self.minute
            let later = Self.thinned(Self.thinned(readings), each: hour)
            let atOnce = Self.thinned(readings, each: hour)
            #expect(later.map(\.timeNS) == atOnce.map(\.timeNS), "seed \(seed)")
        }
    }

    @Test("At the moments that are asked about, the course is the same bit for bit")
    func moments() {
        for seed in 0..<100 {
            var random = SplitMix(seed: UInt64(seed))
            let readings = Self.readings(seed: UInt64(seed), isRough: seed % 2 == 1)
            guard let startNS = readings.map(\.timeNS).min(),
                let endNS = readings.map(\.timeNS).max(), let joules = readings.map(\.joules).max()
            else { continue }
            let span = MeterSpan(
                meter: 0,
                startNS: startNS - 500_000_000,
                endNS: endNS + 500_000_000,
                measured: SharingFixture.energy(joules + 1),
                origin: .init(process: .init(rank: nil, started: nil), meter: 0)
            )
            let length = UInt64(span.endNS - span.startNS)
            let moments = (0..<6).map { _ in span.startNS + Int64(random.next() % length) }.sorted()
            let courses = [readings, Self.thinned(readings, around: moments)].map { readings in
                var course = EnergyCourse(of: span, at: moments)
                for reading in readings { course.take(reading.joules, atNS: reading.timeNS) }
                return course.finished()
            }
            #expect(courses[0] == courses[1], "seed \(seed)")
        }
    }

    @Test("Numbers of no meter are kept as they are, and nothing traps")
    func strange() {
        let times: [Int64] = [.min, -1, 0, 1, 2, .max - 1, .max]
        let energies = [
            -Double.infinity, -1, -0.0, 0, 1, .greatestFiniteMagnitude, .infinity, .nan,
        ]
        var random = SplitMix(seed: 7)
        for _ in 0..<2000 {
            let readings = (0..<8).map { _ in
                MeterReading(
                    timeNS: times[Int(random.next() % 7)],
                    joules: energies[Int(random.next() % 8)],
                    watts: random.next() % 4 == 0 ? nil : 1
                )
            }
            let kept = Self.thinned(readings, each: 1 + Int64(random.next() % 3))
            for reading in readings where !reading.joules.isFinite || reading.timeNS < 0 {
                let isKept = kept.contains {
                    $0.timeNS == reading.timeNS
                        && $0.joules.bitPattern == reading.joules.bitPattern
                }
                #expect(isKept)
            }
        }
    }
}
