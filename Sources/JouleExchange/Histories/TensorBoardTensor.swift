import JouleQuantities

/// Scalars that TensorFlow wrote as tensors.
enum TensorBoardTensor {
    /// The one number of a tensor; nil of one with several, or of another kind.
    static func scalar(_ bytes: ArraySlice<UInt8>) throws(ProtobufError) -> Double? {
        var reader = ProtobufReader(bytes)
        var type: UInt64 = 0
        var values: [Int: ArraySlice<UInt8>] = [:]
        var single: [Int: ProtobufReader.Value] = [:]
        while let (number, field) = try reader.next() {
            switch (number, field) {
            case (1, .varint(let told)): type = told
            case (2, .bytes(let shape)):
                guard try elements(of: shape) == 1 else { return nil }
            case (4...7, .bytes(let packed)), (10, .bytes(let packed)): values[number] = packed
            case (5...7, _), (10, _): single[number] = field
            default: break
            }
        }
        switch type {
        case 1: return number(values[4] ?? values[5], 4) ?? single[5]?.double
        case 2: return number(values[4] ?? values[6], 8) ?? single[6]?.double
        case 3:
            if let word = word(values[4], 4) { return Double(Int32(truncatingIfNeeded: word)) }
            let packed = try varint(values[7])
            let told = packed ?? single[7]?.varint
            return told.map { Double(Int32(truncatingIfNeeded: $0)) }
        case 9:
            let packed = try varint(values[10])
            let told = word(values[4], 8) ?? packed ?? single[10]?.varint
            return told.map { Double(Int64(bitPattern: $0)) }
        default: return nil
        }
    }

    /// Nil where it is not known, or is more than can be counted.
    private static func elements(of shape: ArraySlice<UInt8>) throws(ProtobufError) -> UInt64? {
        var reader = ProtobufReader(shape)
        var count: UInt64 = 1
        while let (number, field) = try reader.next() {
            guard number == 2, let dimension = field.bytes else { continue }
            var inner = ProtobufReader(dimension)
            var size: UInt64 = 0
            while let (number, field) = try inner.next() {
                if number == 1 { size = field.varint ?? 0 }
            }
            let (product, overflows) = count.multipliedReportingOverflow(by: size)
            guard !overflows else { return nil }
            count = product
        }
        return count
    }

    private static func word(_ bytes: ArraySlice<UInt8>?, _ size: Int) -> UInt64? {
        guard let bytes, bytes.count == size else { return nil }
        return ProtobufReader.number(bytes)
    }

    private static func number(_ bytes: ArraySlice<UInt8>?, _ size: Int) -> Double? {
        word(bytes, size).map {
            size == 8
                ? Double(bitPattern: $0)
                : Double(Float(bitPattern: UInt32(truncatingIfNeeded: $0)))
        }
    }

    private static func varint(_ bytes: ArraySlice<UInt8>?) throws(ProtobufError) -> UInt64? {
        guard let bytes else { return nil }
        var reader = ProtobufReader(bytes)
        return try reader.varint()
    }
}

/// `google.protobuf.Value`, which holds what JSON can say.
enum ProtobufValue {
    private static let depthMax = 64

    static func json(_ bytes: ArraySlice<UInt8>, depth: Int) throws(ProtobufError) -> JSON {
        guard depth < depthMax else {
            throw ProtobufError(offset: bytes.startIndex, reason: "nested too deep")
        }
        var reader = ProtobufReader(bytes)
        var value = JSON.null
        while let (number, field) = try reader.next() {
            switch (number, field) {
            case (2, .fixed64(let bits)): value = self.number(Double(bitPattern: bits))
            case (3, _): value = field.text.map(JSON.string) ?? .null
            case (4, .varint(let word)): value = .bool(word != 0)
            case (5, .bytes(let object)): value = .object(try members(object, depth + 1))
            case (6, .bytes(let list)): value = .array(try elements(list, depth + 1))
            default: break
            }
        }
        return value
    }

    /// Every number is a double there; whole ones are spelt as such.
    private static func number(_ value: Double) -> JSON {
        guard abs(value) < 0x1p53, let whole = Int64(exactly: value),
            value.sign == .plus || whole != 0
        else { return .double(value) }
        return .integer(whole)
    }

    private static func elements(_ bytes: ArraySlice<UInt8>, _ depth: Int)
        throws(ProtobufError) -> [JSON]
    {
        var reader = ProtobufReader(bytes)
        var elements: [JSON] = []
        while let (number, field) = try reader.next() {
            if number == 1 { elements.append(try json(field.bytes ?? [], depth: depth)) }
        }
        return elements
    }

    private static func members(_ bytes: ArraySlice<UInt8>, _ depth: Int)
        throws(ProtobufError) -> JSONObject
    {
        var reader = ProtobufReader(bytes)
        var object = JSONObject()
        while let (number, field) = try reader.next() {
            guard number == 1, let entry = field.bytes else { continue }
            var inner = ProtobufReader(entry)
            var (name, value): (String?, JSON?)
            while let (number, field) = try inner.next() {
                if number == 1 { name = field.text }
                if number == 2 { value = try json(field.bytes ?? [], depth: depth) }
            }
            if let name { object[name] = value }
        }
        return object
    }
}
