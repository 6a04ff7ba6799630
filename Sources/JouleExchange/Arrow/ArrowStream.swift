/// Spells tables as an Arrow IPC stream (arrow.apache.org/docs/format/Columnar.html), format V5.
///
/// Little-endian, buffers at multiples of 64 bytes, no compression, no dictionaries.
struct ArrowStream {
    private let columns: [TableColumn]

    private static let alignment = ArrowBuffer.alignment
    private static let version: Int16 = 4

    /// Numbers of unions and enumerations in Arrow's Message.fbs and Schema.fbs.
    private enum Code {
        static let schemaHeader: UInt8 = 1
        static let batchHeader: UInt8 = 3
        static let int: UInt8 = 2
        static let floatingPoint: UInt8 = 3
        static let utf8: UInt8 = 5
        static let timestamp: UInt8 = 10
        static let double: Int16 = 2
        static let nanosecond: Int16 = 3
    }

    init(_ columns: [TableColumn]) {
        self.columns = columns
    }

    // MARK: Messages

    /// The bytes before the first batch.
    var head: [UInt8] {
        var buffer = FlatBuffer()
        let fields = columns.map { Self.field($0, in: &buffer) }
        let list = buffer.vector(of: fields)
        let schema = buffer.table([.reference(1, list)])
        return Self.message(&buffer, Code.schemaHeader, schema, body: [])
    }

    /// The bytes behind the last batch.
    var tail: [UInt8] { [0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0] }

    func batch(_ batch: TableBatch) -> [UInt8] {
        var body: [UInt8] = []
        var nodes: [[Int64]] = []
        var buffers: [[Int64]] = []
        for values in batch.columns {
            nodes.append([Int64(batch.count), Int64(values.nullCount)])
            for part in values.arrowBuffers() {
                buffers.append([Int64(body.count), Int64(part?.count ?? 0)])
                part?.append(to: &body)
            }
        }
        var buffer = FlatBuffer()
        let bufferList = buffer.vector(of: buffers)
        let nodeList = buffer.vector(of: nodes)
        let header = buffer.table([
            .int64(0, Int64(batch.count)), .reference(1, nodeList), .reference(2, bufferList),
        ])
        return Self.message(&buffer, Code.batchHeader, header, body: body)
    }

    private static func message(
        _ buffer: inout FlatBuffer,
        _ kind: UInt8,
        _ header: FlatBuffer.Place,
        body: [UInt8]
    ) -> [UInt8] {
        let root = buffer.table([
            .int16(0, version), .int8(1, kind), .reference(2, header), .int64(3, Int64(body.count)),
        ])
        var metadata = buffer.finished(root: root)
        // The body begins at a multiple of 64 behind the eight bytes of the prefix.
        let missing = (alignment - (metadata.count + 8) % alignment) % alignment
        metadata.append(contentsOf: repeatElement(0, count: missing))
        var bytes: [UInt8] = [0xFF, 0xFF, 0xFF, 0xFF]
        append(UInt32(metadata.count), to: &bytes)
        return bytes + metadata + body
    }

    private static func field(_ column: TableColumn, in buffer: inout FlatBuffer)
        -> FlatBuffer.Place
    {
        let (code, type) =
            switch column.kind {
            case .integer: (Code.int, buffer.table([.int32(0, 64), .int8(1, 1)]))
            case .number: (Code.floatingPoint, buffer.table([.int16(0, Code.double)]))
            case .text: (Code.utf8, buffer.table([]))
            case .time:
                (Code.timestamp, timestamp(in: &buffer))
            }
        let children = buffer.vector(of: [FlatBuffer.Place]())
        let name = buffer.text(column.name)
        let metadata = column.unit.map { Self.unitMetadata($0, in: &buffer) }
        return buffer.table(
            [
                .reference(0, name), .int8(1, 1), .int8(2, code), .reference(3, type),
                .reference(5, children),
            ] + (metadata.map { [.reference(6, $0)] } ?? [])
        )
    }

    /// A list of one key and its value.
    private static func unitMetadata(_ unit: String, in buffer: inout FlatBuffer)
        -> FlatBuffer.Place
    {
        let key = buffer.text("unit")
        let value = buffer.text(unit)
        return buffer.vector(of: [buffer.table([.reference(0, key), .reference(1, value)])])
    }

    private static func timestamp(in buffer: inout FlatBuffer) -> FlatBuffer.Place {
        let zone = buffer.text("UTC")
        return buffer.table([.int16(0, Code.nanosecond), .reference(1, zone)])
    }

    // MARK: Bytes

    private static func append<Number: FixedWidthInteger>(_ number: Number, to bytes: inout [UInt8])
    {
        unsafe withUnsafeBytes(of: number.littleEndian) { unsafe bytes.append(contentsOf: $0) }
    }
}
