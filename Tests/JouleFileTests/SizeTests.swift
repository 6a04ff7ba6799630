import FoundationEssentials
import Glibc
import JouleQuantities
import JouleTestSupport
import Testing

@testable import JouleFile
@testable import JouleFormat

@Suite("Sizes")
struct SizeTests {
    /// What training code logs: noisy losses of full f64 precision and of f32 origin, accuracies
    /// with four decimals, schedules, counts.
    static func metrics(epoch: Int, random: inout SplitMix) -> [(String, Double)] {
        let noise = Double.random(in: -0.01...0.01, using: &random)
        let decay = 2.3 / (1 + 0.2 * Double(epoch))
        return [
            ("loss", decay + noise), ("val_loss", decay * 1.1 - noise),
            ("train/loss_f32", Double(Float(decay + noise))),
            ("grad_norm", Double(Float(3 - decay + noise))),
            ("accuracy", ((1 - decay / 3 + noise) * 1e4).rounded() / 1e4),
            ("val_accuracy", ((1 - decay / 3 - noise) * 1e4).rounded() / 1e4),
            ("lr", 1e-3 * Double(50 - epoch) / 50), ("epoch_steps", 391),
            ("samples", Double(50_000 * (epoch + 1))), ("f1", 0.9 - decay / 10),
            ("perplexity", Double(Float(decay * 7))), ("weight_decay", 1e-4),
        ]
    }

    @Test("Fifty epochs of twelve values take at most 4 KiB after close")
    func fiftyEpochs() throws {
        let directory = TemporaryDirectory()
        let path = directory.path + "/run.joule"
        let writer = try LedgerWriter.create(at: path, run: Fixture.run())
        writer.describe(meters: [Fixture.meter])
        var random = SplitMix(seed: 11)
        for index in 0..<50 {
            let metrics = Self.metrics(epoch: index, random: &random)
            let cells = Fixture.cells(writer, .epochs, metrics)
            let jitter = Int64(random.next() % 50_000_000)
            let started = 1_700_000_000_000_000_000 + Int64(index) * 12_000_000_000 + jitter
            writer.appendEpoch(
                index: Int64(index),
                number: Int64(index + 1),
                started: WallTime(unixNanoseconds: started),
                durationNS: 12_000_000_000 + jitter,
                cells: cells.span
            )
            let joules = 900 + Double.random(in: 0...30, using: &random)
            writer.appendEnergy(
                .epoch(Int64(index)),
                meter: 0,
                MeasuredEnergy(
                    energy: Energy(joules: joules),
                    coverage: 1,
                    uncertaintyRelative: 0.01
                )
            )
        }
        #expect(writer.finish(status: .finished, ended: WallTime(unixNanoseconds: 0), metrics: nil))
        let size = try Data(contentsOf: URL(filePath: path)).count
        #expect(size <= 4 << 10, "\(size) bytes")
        print("50 epochs x 12 values: \(size) bytes")
    }

    /// Bytes of a file, and those that the file system has set aside for it.
    private func sizes(_ path: String) throws -> (size: Int, allocated: Int) {
        var status = stat()
        try #require(unsafe stat(path, &status) == 0)
        return (Int(status.st_size), Int(status.st_blocks) * 512)
    }

    @Test("A closed ledger has no room beyond its end, whoever reserved it")
    func room() throws {
        let directory = TemporaryDirectory()
        let closed = try sizes(Fixture.finished(in: directory, epochs: 1))
        #expect(closed.allocated < closed.size + (8 << 10))
        let path = directory.path + "/killed.joule"
        do {
            var appender = try LedgerAppender(creating: path, header: FileHeader(createdNS: 1))
            try appender.append(meta: [Array(#"{"run":0,"set":{"run_id":"killed"}}"#.utf8)])
            appender.reserveRoom()
        }
        try ReopenedLedger.opening(path).close()
        let reopened = try sizes(path)
        #expect(reopened.allocated < reopened.size + (8 << 10))
    }
}
