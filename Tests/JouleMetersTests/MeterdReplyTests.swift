import JouleQuantities
import JouleTestSupport
import Testing

@testable import JouleMeters

@Suite("What joulebook-meterd answers")
struct MeterdReplyTests {
    private static let reply = MeterdReply(
        startedNS: 12,
        beatNS: 100_000_000,
        stepMicrojoules: 1_000_000,
        counters: [
            MeterdReply.Counter(
                device: DeviceID("cpu:0.1/package"),
                enclosedBy: DeviceID("platform/psys"),
                steps: UInt64(Int64.max)
            ),
            MeterdReply.Counter(
                device: DeviceID("cpu:0/dram#intel-rapl:0:2"),
                enclosedBy: nil,
                steps: nil
            ),
        ]
    )

    @Test("What was written is read back")
    func roundTrip() {
        #expect(MeterdReply(Self.reply.text) == Self.reply)
    }

    @Test("A reply that is cut off anywhere is none")
    func cut() {
        let text = Self.reply.text
        for count in 0..<text.count { #expect(MeterdReply(String(text.prefix(count))) == nil) }
    }

    @Test("A reply with a byte changed is none, or another one that could be")
    func spoilt() {
        var random = SplitMix(seed: 3)
        let bytes = Array(Self.reply.text.utf8)
        for place in bytes.indices {
            // A carriage return before a line's end is one character with it in Swift.
            for byte in [UInt8.random(in: .min ... .max, using: &random), 0x0D] {
                var spoilt = bytes
                spoilt[place] = byte
                let text = String(decoding: spoilt, as: UTF8.self)
                guard let read = MeterdReply(text) else { continue }
                #expect(Array(read.text.utf8) == spoilt)
            }
        }
    }

    @Test("Without a socket there is no driver, and models stand in at once")
    func noSocket() {
        let machine = EmulatedMachine()
        machine.write("/proc/stat", "cpu0 10 0 10 100 0 0 0 0 0 0\n")
        let found = MeterInventory.discover(roots: SystemRoots(under: machine.root)) { _ in nil }
        #expect(!found.drivers.contains { $0.library == .driver("rapl:meterd") })
        #expect(found.meters.contains { $0.description.source == "model:cpu" })
        // Nobody misses a helper where there is nothing that it could read.
        #expect(!found.absent.contains { $0.source == "rapl:meterd" })
    }

    @Test("Where counters are for root only, the lack of a helper is said with its command")
    func wanted() throws {
        let machine = EmulatedMachine()
        let reach = MeterdDriver.reach(
            roots: SystemRoots(under: machine.root),
            environment: { _ in nil },
            isWanted: true
        )
        guard case .absent(let absent?) = reach else {
            Issue.record("nothing is said")
            return
        }
        #expect(absent.reason.contains("no such file"))
        #expect(absent.remedy?.hasPrefix("sudo joulebook-meterd install") == true)
    }

    @Test("Where counters can be read, no helper is asked")
    func direct() {
        let machine = EmulatedMachine()
        machine.addZone("intel-rapl:0", "package-0")
        machine.write("/run/joulebook/meterd.sock", "")
        let found = MeterInventory.discover(roots: SystemRoots(under: machine.root)) { _ in nil }
        #expect(!found.drivers.contains { $0.library == .driver("rapl:meterd") })
    }

    @Test("A socket decides about the models only once the helper was asked")
    func socket() throws {
        let machine = EmulatedMachine()
        machine.write("/proc/stat", "cpu0 10 0 10 100 0 0 0 0 0 0\n")
        machine.write("/run/joulebook/meterd.sock", "")
        let found = MeterInventory.discover(roots: SystemRoots(under: machine.root)) { _ in nil }
        #expect(!found.meters.contains { $0.description.source == "model:cpu" })
        let driver = try #require(found.drivers.first { $0.library == .driver("rapl:meterd") })
        let opened = driver.open()
        #expect(opened.meters.contains { $0.description.source == "model:cpu" })
        #expect(opened.absent.map(\.source) == ["rapl:meterd"])
    }
}
