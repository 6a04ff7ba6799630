import JouleQuantities

/// Reads energies by meter out of a document that is not parsed.
struct DeviceEnergyReader {
    private let names = Names()
    /// How many the last document had.
    private var count = 0

    /// As `RecordFields` reads it; whether there are such meters is looked at later.
    mutating func read(_ cursor: inout TextCursor) throws(DocumentNumber.Malformed)
        -> [DeviceEnergy]
    {
        guard cursor.take(UInt8(ascii: "[")), cursor.next == UInt8(ascii: "{") else {
            throw DocumentNumber.Malformed()
        }
        var found: [DeviceEnergy] = []
        found.reserveCapacity(count)
        repeat {
            found.append(try Self.one(&cursor, names))
        } while cursor.take(UInt8(ascii: ","))
        guard cursor.take(UInt8(ascii: "]")) else { throw DocumentNumber.Malformed() }
        count = found.count
        return found
    }

    private static func one(_ cursor: inout TextCursor, _ names: Names)
        throws(DocumentNumber.Malformed) -> DeviceEnergy
    {
        guard cursor.take(UInt8(ascii: "{")) else { throw DocumentNumber.Malformed() }
        var (meter, joules, coverage, uncertainty): (Double?, Double?, Double?, Double?)
        var seen = 0
        func value(_ cursor: inout TextCursor, _ bit: Int) throws(DocumentNumber.Malformed)
            -> Double?
        {
            guard seen & bit == 0, let place = cursor.scalar() else {
                throw DocumentNumber.Malformed()
            }
            seen |= bit
            return try DocumentNumber.amount(cursor.bytes, place)
        }
        repeat {
            if cursor.take(names.meter) {
                meter = try value(&cursor, 1)
            } else if cursor.take(names.joules) {
                joules = try value(&cursor, 2)
            } else if cursor.take(names.coverage) {
                coverage = try value(&cursor, 4)
            } else if cursor.take(names.uncertainty) {
                uncertainty = try value(&cursor, 8)
            } else {
                throw DocumentNumber.Malformed()
            }
        } while cursor.take(UInt8(ascii: ","))
        guard cursor.take(UInt8(ascii: "}")), let meter = meter.flatMap(Int.init(exactly:)),
            let joules
        else { throw DocumentNumber.Malformed() }
        return DeviceEnergy(
            meter: meter,
            measured: MeasuredEnergy(
                energy: Energy(joules: joules),
                coverage: coverage ?? 1,
                uncertaintyRelative: uncertainty
            )
        )
    }

    /// What an energy may have; flags are left to the parser of records.
    private struct Names {
        let meter = Array(#""meter":"#.utf8)
        let joules = Array(#""energy_j":"#.utf8)
        let coverage = Array(#""coverage":"#.utf8)
        let uncertainty = Array(#""uncertainty_rel":"#.utf8)
    }
}
