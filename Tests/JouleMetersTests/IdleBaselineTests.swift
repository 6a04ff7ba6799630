import JouleQuantities
import JouleTestSupport
import Testing

@testable import JouleMeters

@Suite("Idle power")
struct IdleBaselineTests {
    private func description(_ device: String, _ source: String) -> MeterDescription {
        MeterDescription(
            device: DeviceID(device),
            source: source,
            provenance: .counter,
            boundary: .device
        )
    }

    @Test("What was kept is read again, and marks the same device of the same source alone")
    func again() throws {
        let machine = EmulatedMachine()
        let kept = IdleBaseline(
            measured: 1_790_000_000,
            devices: [.init(device: "gpu:A", source: "nvml:energy", watts: 61.5)]
        )
        machine.write("/idle.json", kept.json.text())
        let read = try #require(IdleBaseline(reading: machine.root + "/idle.json"))
        #expect(read == kept)
        let marked = read.marked(description("gpu:A", "nvml:energy")).extra
        #expect(marked["idle_power_w"] == .double(61.5))
        #expect(marked["idle_measured"]?.double == 1_790_000_000)
        #expect(read.marked(description("gpu:B", "nvml:energy")).extra.isEmpty)
        #expect(read.marked(description("gpu:A", "nvml:power")).extra.isEmpty)
    }

    @Test(
        "A file that says what cannot be says nothing",
        arguments: [
            "", "{", "[]", #"{"schema":"joulebook.idle/2","measured":1,"devices":[]}"#,
            #"{"schema":"joulebook.idle/1","devices":[]}"#,
            #"{"schema":"joulebook.idle/1","measured":-1,"devices":[]}"#,
            #"{"schema":"joulebook.idle/1","measured":NaN,"devices":[]}"#,
            #"{"schema":"joulebook.idle/1","measured":1,"devices":7}"#,
            #"{"schema":"joulebook.idle/1","measured":1,"devices":[{"device":"a","source":"b"}]}"#,
            #"{"schema":"joulebook.idle/1","measured":1,"devices":[{"device":"a","source":"b","idle_power_w":-1}]}"#,
            #"{"schema":"joulebook.idle/1","measured":1,"devices":[{"device":"a","source":"b","idle_power_w":NaN}]}"#,
            #"{"schema":"joulebook.idle/1","measured":1,"devices":[{"device":"a","source":"b","idle_power_w":1e9}]}"#,
        ]
    )
    func hostile(content: String) {
        let machine = EmulatedMachine()
        machine.write("/idle.json", content)
        #expect(IdleBaseline(reading: machine.root + "/idle.json") == nil)
        #expect(IdleBaseline(reading: machine.root) == nil)
        #expect(IdleBaseline(reading: machine.root + "/none") == nil)
    }

    @Test("The file is this machine's, in the user's state directory")
    func place() {
        let machine = EmulatedMachine()
        machine.write("/etc/machine-id", "../0123456789abcdef\n")
        let roots = SystemRoots(under: machine.root)
        let place = { (values: [String: String]) in
            IdleBaseline.place(roots: roots) { values[$0] }.map { "\($0.folder)/\($0.name)" }
        }
        let name = "joulebook/idle-0123456789abcdef.json"
        #expect(place(["XDG_STATE_HOME": "/s", "HOME": "/h"]) == "/s/\(name)")
        #expect(place(["XDG_STATE_HOME": "s", "HOME": "/h"]) == "/h/.local/state/\(name)")
        #expect(place(["HOME": "h"]) == nil && place([:]) == nil)
    }
}
