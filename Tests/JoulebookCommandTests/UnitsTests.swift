import Testing

@testable import JoulebookCommand

@Suite("Numbers as people read them")
struct UnitsTests {
    @Test(
        "An uncertainty above 100 % is the range of factors that it stands for",
        arguments: [
            (nil, "–"), (0.05, "5.00 %"), (1, "100 %"), (1.37, "0 … 2.37×"), (11.3, "0 … 12.3×"),
        ] as [(Double?, String)]
    )
    func uncertainty(relative: Double?, text: String) {
        #expect(Units.uncertainty(relative) == text)
    }

    @Test(
        "An energy takes the unit that fits it",
        arguments: [
            (0.0, "0 J"), (0.0123, "0.0123 J"), (359.0, "359 J"), (360.0, "0.100 Wh"),
            (3600.0, "1.00 Wh"), (3.6e6, "1.00 kWh"), (1.234e9, "343 kWh"), (7.2e9, "2.00 MWh"),
        ]
    )
    func energy(joules: Double, text: String) {
        #expect(Units.energy(joules: joules) == text)
    }

    @Test(
        "A duration shows its two largest units",
        arguments: [
            (0.0, "0 s"), (0.0213, "21.3 ms"), (5.0, "5.00 s"), (59.94, "59.9 s"),
            (60.0, "1 min 0 s"), (3599.0, "59 min 59 s"), (3600.0, "1 h 0 min"),
            (90_061.0, "25 h 1 min"), (200_000.0, "2 d 8 h"),
        ]
    )
    func duration(seconds: Double, text: String) {
        #expect(Units.duration(seconds: seconds) == text)
    }

    @Test(
        "A mass takes the unit that fits it",
        arguments: [
            (0.0, "0 g"), (0.000_012, "12.0 mg"), (0.5, "500 g"), (12.345, "12.3 kg"),
            (25_000.0, "25.0 t"),
        ]
    )
    func mass(kilograms: Double, text: String) {
        #expect(Units.mass(kilograms: kilograms) == text)
    }

    @Test("What is not known is a dash, never a zero")
    func unknown() {
        #expect(Units.energy(joules: nil) == "–")
        #expect(Units.energy(joules: .nan) == "–")
        #expect(Units.mass(kilograms: nil) == "–")
        #expect(Units.duration(seconds: nil) == "–")
        #expect(Units.duration(seconds: -1) == "–")
        #expect(Units.date(unixSeconds: nil) == "–")
        #expect(Units.date(unixSeconds: 1e300) == "–")
    }

    @Test(
        "Dates are right across leap days, centuries and before 1970",
        arguments: [
            (0.0, "1970-01-01 00:00:00"), (951_782_400.0, "2000-02-29 00:00:00"),
            (1_772_447_700.9, "2026-03-02 10:35:00"), (-1.0, "1969-12-31 23:59:59"),
            (4_107_542_400.0, "2100-03-01 00:00:00"),
        ]
    )
    func date(seconds: Double, text: String) {
        #expect(Units.date(unixSeconds: seconds, withSeconds: true) == text)
    }

    @Test(
        "Rounding keeps three significant digits, also when it carries",
        arguments: [
            (9.996, "10.0"), (0.99961, "1.00"), (999.6, "1000"), (0.001_234, "0.00123"),
            (-2.5, "-2.50"), (123_456.0, "123456"), (1e-9, "1e-09"), (-0.0, "0"),
        ]
    )
    func significant(value: Double, text: String) {
        #expect(Units.significant(value) == text)
    }
}
