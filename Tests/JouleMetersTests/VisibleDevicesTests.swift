import Testing

@testable import JouleMeters

@Suite("Devices that CUDA shows to a process")
struct VisibleDevicesTests {
    private let uuids = ["GPU-aaaa-1", "GPU-aabb-2", "GPU-cccc-3"]

    private func places(_ text: String?) -> [Int] {
        VisibleDevices(text).places(among: uuids) { $0 == "MIG-7" ? "GPU-cccc-3" : nil }
    }

    @Test(
        "The list says which, and ends before an entry that names none",
        arguments: [
            (nil, [0, 1, 2]), ("", []), ("0", [0]), ("2,0", [2, 0]), (" 1 , 2 ", [1, 2]),
            ("0,5,1", [0]), ("-1", []), ("0,-1,2", [0]), ("1,1", [1]), ("x", []),
            ("GPU-aabb-2", [1]), ("GPU-c", [2]), ("GPU-aa", []), ("GPU-c,GPU-zz,0", [2]),
            ("MIG-7", [2]), ("MIG-7,MIG-7,0", [2, 0]), ("MIG-8", []),
            ("99999999999999999999", []), ("0,,1", [0]),
        ] as [(String?, [Int])]
    )
    func list(text: String?, expected: [Int]) {
        #expect(places(text) == expected)
    }

    @Test("MIG devices stay with their GPU, in the list's order")
    func parts() {
        let choices = VisibleDevices("MIG-7,0,MIG-7").choices(among: uuids) { _ in "GPU-aabb-2" }
        #expect(choices.map(\.place) == [1, 0, 1])
        #expect(choices.map(\.mig) == ["MIG-7", nil, "MIG-7"])
    }
}
