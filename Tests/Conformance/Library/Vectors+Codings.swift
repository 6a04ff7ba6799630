import JouleFile
import JouleFormat
import JouleQuantities
import JouleTestSupport

/// Codings that a writer seldom chooses: byte lanes under every mapping and prediction.
extension Vector {
    static let codings: [Vector] = [
        Vector("packing-lanes-numbers", "byte lanes under every mapping and prediction of numbers")
        { path in
            try block(
                path,
                [
                    (.int("pattern_offset"), .ints(apart)),
                    (.int("pattern_delta"), .ints(summed(jumps))),
                    (.int("pattern_delta_of_delta"), .ints(summed(summed(jumps)))),
                    (.real("f32_offset"), floats(apart)),
                    (.real("f32_delta"), floats(summed(jumps))),
                    (.real("f32_delta_of_delta"), floats(summed(summed(jumps.map { $0 % hop })))),
                    (.real("decimal_offset"), decimals(apart)),
                    (.real("decimal_delta"), decimals(summed(jumps))),
                    (.real("decimal_delta_of_delta"), decimals(summed(summed(jumps)))),
                ]
            )
        },
        Vector("packing-lanes-texts", "byte lanes of lengths and of entries") { path in
            try block(
                path,
                [
                    (.text("strings"), .texts((10..<36).map { "phase \($0)" })),
                    (.text("dictionary"), .texts([String](repeating: "training", count: 26))),
                ]
            )
        },
        Vector("packing-lanes-predicted", "byte lanes of what power and durations do not tell") {
            path in
            var writer = try VectorWriter(path)
            try writer.rows(TableID.telemetry, surges { _ in false })
            try writer.rows(TableID.telemetry, surges { $0 % 9 == 5 })
            var start = Int64(VectorTime.startNS)
            let rows = jumps.enumerated().map { index, pause -> [RingCell] in
                defer { start += 1_000_000_007 * Int64(1 + index % 3) + pause }
                return [
                    .int(0, 0), .int(1, Int64(index)), .int(2, Int64(index)), .int(3, start),
                    .real(4, 1.000_000_007 * Double(1 + index % 3)),
                ]
            }
            try writer.rows(TableID.epochs, rows)
            try writer.close()
        },
    ]

    /// Above this are the bits that make a third lane.
    private static let hop: Int64 = 1 << 20

    /// Numbers whose middle byte, told as a difference, is the same in all.
    private static var jumps: [Int64] {
        var random = SplitMix(seed: 9)
        return (0..<26).map { _ in
            Int64(random.next() % 128) << 16 | 0x2D00 | Int64(random.next() % 128)
        }
    }

    /// The same with a middle byte of 0 and the smallest first.
    private static var apart: [Int64] { [0] + jumps.dropFirst().map { $0 & ~0xFF00 } }

    private static func summed(_ steps: [Int64]) -> [Int64] {
        var sum: Int64 = 0
        return steps.map { step in
            sum += step
            return sum
        }
    }

    private static func floats(_ steps: [Int64]) -> ColumnValues {
        .reals(steps.map { Double(Float(bitPattern: 0x3F80_0000 + UInt32($0))) })
    }

    private static func decimals(_ steps: [Int64]) -> ColumnValues {
        .reals(steps.map { Double($0) / 1e3 })
    }

    /// Telemetry of a meter that counts more than its power tells; no energy where `isNull` says so.
    private static func surges(_ isNull: (Int) -> Bool) -> [[RingCell]] {
        var random = SplitMix(seed: 10)
        var last: (time: Int64, power: Double)?
        var microjoules: Int64 = 0
        return jumps.enumerated().map { row, surge in
            let time = Int64(VectorTime.startNS) + Int64(row) * 100_000_000
            let power = Double(60_000 + random.next() % 20_000) / 1e3
            let cells: [RingCell] = [.int(0, 0), .int(1, 0), .int(2, time)]
            guard !isNull(row) else { return cells + [.real(4, power)] }
            if let last {
                let integral = (last.power + power) * Double(time - last.time) / 2e3
                microjoules += Int64(integral.rounded(.toNearestOrEven)) + surge
            }
            last = (time, power)
            return cells + [.real(3, Double(microjoules) / 1e6), .real(4, power)]
        }
    }
}
