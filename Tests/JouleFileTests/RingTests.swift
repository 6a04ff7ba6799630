import Glibc
import JouleFile
import JouleQuantities
import JouleTestSupport
import Testing

@testable import JouleFormat

@Suite("The ring")
struct RingTests {
    @Test("Rows of several laps are all there, in their order")
    func laps() throws {
        let directory = TemporaryDirectory()
        let path = directory.path + "/run.joule"
        let writer = try LedgerWriter.create(at: path, run: Fixture.run())
        // Two slots a row: more than two laps of 65536 slots.
        let rows: Int64 = 70_000
        let names = ["a", "b", "c"]
        let ids = Fixture.cells(writer, .steps, names.map { ($0, 0) }).map(\.id)
        for step in 0..<rows {
            let cells = ids.map { MetricCell(id: $0, value: Double(step)) }
            // The writer's thread is given time, as training does; a full ring says no.
            for _ in 0..<2000 {
                let time = WallTime(unixNanoseconds: step)
                if writer.appendStep(step, at: time, cells: cells.span) { break }
                usleep(10_000)
            }
        }
        #expect(writer.finish(status: .finished, ended: WallTime(unixNanoseconds: 1), metrics: nil))
        let steps = try Ledger.steps(reading: path)
        #expect(steps.count == Int(rows))
        let isInOrder = steps.enumerated().allSatisfy { place, step in
            step.step == Int64(place) && step.metrics.first?.value == Double(place)
        }
        #expect(isInOrder)
    }

    @Test("Every slot lies at its number modulo the area's slots", arguments: [0, 1])
    func places(area: Int) {
        let geometry = RingGeometry.standard
        let slots = UInt64(geometry.slots[area])
        let size = RingLayout.slotSize
        var random = SplitMix(seed: 7)
        for _ in 0..<200 {
            let first = random.next() % (3 * slots)
            let counts = [0, 1, 2, random.next() % slots, slots - 1, slots]
            let range = first..<first + counts[Int(random.next() % 6)]
            let places = geometry.places(of: range, in: area).flatMap {
                Array(stride(from: $0.lowerBound, to: $0.upperBound, by: size))
            }
            let expected = range.map { geometry.offset(of: area) + Int($0 % slots) * size }
            #expect(places == expected)
        }
    }
}
