import JouleQuantities
import JouleTestSupport
import Testing

@testable import JouleMeters

@Suite("Power that a management controller tells")
struct IPMITests {
    /// 345 W now, of 2 to 468 W, 184 W on average, in periods of a second; the measurement is active.
    static let answer: [UInt8] = [
        0x00, 0xDC, 0x59, 0x01, 0x02, 0x00, 0xD4, 0x01, 0xB8, 0x00, 0x00, 0xF1, 0x53, 0x65, 0xE8,
        0x03, 0x00, 0x00, 0x40,
    ]

    private func changed(_ places: [Int: UInt8]) -> [UInt8] {
        var answer = Self.answer
        for (place, byte) in places { answer[place] = byte }
        return answer
    }

    @Test("The numbers of DCMI's table 6-16 are read where they stand")
    func whole() throws {
        let power = try DCMIPower(Self.answer)
        #expect(power.watts == 345 && power.periodNS == 1_000_000_000)
        let longer = try DCMIPower(Self.answer + [1, 2, 3])
        #expect(longer == power)
        #expect(try DCMIPower(changed([14: 0, 15: 0])).periodNS == nil)
    }

    @Test("An answer that ends early is none, wherever it ends", arguments: 0..<19)
    func cut(size: Int) {
        #expect(throws: MeterError.self) { try DCMIPower(Array(Self.answer.prefix(size))) }
    }

    @Test(
        "What no server draws, and what is not being measured, is no power",
        arguments: [
            ([2: 0, 3: 0], "0 W"), ([2: 0xFF, 3: 0xFF], "65535 W"), ([18: 0], "not active"),
            ([1: 0], "none of DCMI"), ([0: 0xC1], "does not know"), ([0: 0xC0], "busy"),
            ([0: 0x83], "0x83"),
        ] as [([Int: UInt8], String)]
    )
    func refused(places: [Int: UInt8], reason: String) {
        let answer = changed(places)
        let error = #expect(throws: MeterError.self) { try DCMIPower(answer) }
        #expect(error?.description.contains(reason) == true)
    }

    @Test("A server's number is one in every order of its bytes")
    func orders() throws {
        let text = "4c4c4544-0042-3510-8051-b7c04f4d3232"
        let uuid = try #require(SystemUUID(text))
        let bytes: [UInt8] = [
            0x4C, 0x4C, 0x45, 0x44, 0, 0x42, 0x35, 0x10, 0x80, 0x51, 0xB7, 0xC0, 0x4F, 0x4D, 0x32,
            0x32,
        ]
        #expect(SystemUUID(bytes) == uuid)
        #expect(SystemUUID(bytes.reversed()) == uuid)
        #expect(SystemUUID("44454C4C-4200-1035-8051-B7C04F4D3232") == uuid)
        #expect(SystemUUID("4c4c4544-0042-3510-8051-b7c04f4d3233") != uuid)
    }

    @Test(
        "A number that many machines have names none",
        arguments: [
            "00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff",
            "03000200-0400-0500-0006-000700080009", "00020003-0004-0005-0006-000700080009",
            "4c4c4544", "", "4c4c4544-0042-3510-8051-b7c04f4d323g", "é",
        ]
    )
    func placeholders(text: String) {
        #expect(SystemUUID(text) == nil)
    }

    @Test("Why there is no controller is said, with what to do where there is one")
    func absence() {
        let machine = EmulatedMachine()
        let driver = IPMIDriver(roots: SystemRoots(under: machine.root))
        let none = driver.open().absent
        #expect(none.map(\.source) == ["ipmi:dcmi"] && none.first?.remedy == nil)
        machine.write("/sys/firmware/dmi/entries/38-0/type", "38\n")
        #expect(driver.open().absent.first?.remedy?.contains("modprobe") == true)
        machine.write("/run/.containerenv", "")
        #expect(driver.open().absent.first?.remedy?.contains("--device /dev/ipmi0") == true)
    }

    @Test("A file that is no device of IPMI is refused")
    func file() {
        let machine = EmulatedMachine()
        machine.write("/dev/ipmi0", "nothing")
        let found = IPMIDriver(roots: SystemRoots(under: machine.root)).open()
        #expect(found.meters.isEmpty && found.absent.first?.reason.contains("/dev/ipmi0") == true)
    }
}
