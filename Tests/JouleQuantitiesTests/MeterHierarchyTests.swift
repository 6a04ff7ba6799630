import JouleQuantities
import Testing

@Suite("Meter hierarchy")
struct MeterHierarchyTests {
    private func meter(
        _ device: String,
        in parent: String? = nil,
        boundary: Boundary = .device,
        identity: String? = nil
    ) -> MeterDescription {
        MeterDescription(
            device: DeviceID(device),
            source: "test",
            provenance: .counter,
            boundary: boundary,
            enclosedBy: parent.map { DeviceID($0) },
            identity: identity
        )
    }

    @Test("Packages and memory add up; core and uncore never do")
    func packages() {
        let meters = [
            meter("cpu:0/package"), meter("cpu:0/core", in: "cpu:0/package"),
            meter("cpu:0/uncore", in: "cpu:0/package"), meter("cpu:0/dram"),
            meter("cpu:1/package"), meter("gpu:0"),
        ]
        #expect(meters.additive == [0, 3, 4, 5])
    }

    @Test("psys stands for everything that it encloses, and devices outside it are added")
    func platform() {
        let meters = [
            meter("cpu:0/package", in: "psys"), meter("cpu:0/core", in: "cpu:0/package"),
            meter("cpu:0/dram", in: "psys"), meter("psys"), meter("gpu:0"),
        ]
        #expect(meters.additive == [3, 4])
    }

    @Test("Where psys saw nothing, what it encloses stands in for it")
    func fallback() {
        let meters = [
            meter("cpu:0/package", in: "psys"), meter("cpu:0/core", in: "cpu:0/package"),
            meter("cpu:0/dram", in: "psys"), meter("psys"),
        ]
        #expect(meters.additive { $0 != 3 } == [0, 2])
        // Core is still inside psys when the package between them saw nothing.
        #expect(meters.additive { $0 != 0 } == [3])
    }

    @Test("One physical meter is counted once, however often it is described")
    func identities() {
        let meters = [
            meter("cpu:0/package", identity: "boot/zone:0"),
            meter("other/package", identity: "boot/zone:0"), meter("cpu:1/package"),
        ]
        #expect(meters.additive == [0, 2])
    }

    @Test("Boundaries never mix: the widest one is the total")
    func boundaries() {
        let meters = [meter("cpu:0/package"), meter("gpu:0"), meter("plug", boundary: .it)]
        #expect(meters.additive == [2])
        #expect(meters.additive { $0 != 2 } == [0, 1])
    }

    @Test("Descriptions that enclose themselves or each other end the search")
    func cycles() {
        #expect([meter("a", in: "a")].additive == [0])
        let pair = [meter("a", in: "b"), meter("b", in: "a"), meter("c")]
        #expect(pair.additive == [2])
    }

    @Test("The total adds energies, keeps the least coverage and every doubt")
    func total() throws {
        let meters = [meter("p"), meter("core", in: "p"), meter("d"), meter("g")]
        let values: [MeasuredEnergy?] = [
            MeasuredEnergy(
                energy: Energy(joules: 30),
                coverage: 1,
                uncertaintyRelative: 0.1
            ),
            MeasuredEnergy(
                energy: Energy(joules: 20),
                coverage: 0.1,
                uncertaintyRelative: 0.1
            ),
            MeasuredEnergy(
                energy: Energy(joules: 10),
                coverage: 0.5,
                uncertaintyRelative: 0.3,
                flags: .readFailed
            ),
            nil,
        ]
        let sum = try #require(meters.total(of: values))
        #expect(sum.energy.joules == 40)
        #expect(sum.coverage == 0.5)
        #expect(sum.flags == .readFailed)
        #expect(abs((sum.uncertaintyRelative ?? 0) - 0.15) < 1e-12)
        #expect(meters.total(of: [nil, nil, nil, nil]) == nil)
        #expect(meters.total(of: []) == nil)
    }
}
