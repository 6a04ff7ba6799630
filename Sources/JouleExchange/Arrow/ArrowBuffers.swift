/// Memory as Arrow wants it: at a multiple of 64 bytes, filled up with zeros to one.
@safe package final class ArrowBuffer {
    package static let alignment = 64

    /// Bytes that mean something.
    package let count: Int
    private let memory: UnsafeMutableRawBufferPointer

    fileprivate init(count: Int, _ fill: (UnsafeMutableRawBufferPointer) -> Void) {
        self.count = count
        let size = max(1, (count + Self.alignment - 1) / Self.alignment) * Self.alignment
        unsafe memory = .allocate(byteCount: size, alignment: Self.alignment)
        // SAFETY: `memory` has at least `count` bytes, and all of it is initialised here.
        unsafe UnsafeMutableRawBufferPointer(rebasing: memory[count...])
            .initializeMemory(as: UInt8.self, repeating: 0)
        unsafe fill(UnsafeMutableRawBufferPointer(rebasing: memory[..<count]))
    }

    deinit { unsafe memory.deallocate() }

    /// The first byte; valid as long as the buffer.
    package var start: UnsafeRawPointer? { unsafe UnsafeRawPointer(memory.baseAddress) }

    /// The bytes with the zeros behind them.
    package func append(to bytes: inout [UInt8]) {
        unsafe bytes.append(contentsOf: memory[..<padded])
    }

    /// What `append` appends.
    package var padded: Int { (count + Self.alignment - 1) / Self.alignment * Self.alignment }
}

extension TableValues {
    /// The column's buffers: which rows have a value, nil when every row has one; then, of text,
    /// where each row's begins; then the values.
    ///
    /// Offsets are 32-bit: the texts of one batch are kept below that (`TableExport`).
    package func arrowBuffers() -> [ArrowBuffer?] {
        let validity = bits.map { ArrowBuffer.copy(of: $0.bytes) }
        guard kind == .text else { return [validity, ArrowBuffer.copy(of: words)] }
        return [validity] + textBuffers()
    }

    private func textBuffers() -> [ArrowBuffer] {
        let pool = texts.map { ContiguousArray($0.utf8) }
        let offsets = unsafe ArrowBuffer(count: 4 * (count + 1)) { memory in
            var end: Int32 = 0
            unsafe memory.storeBytes(of: end, as: Int32.self)
            for row in 0..<count {
                end &+= Int32(truncatingIfNeeded: pool[Int(codes[row])].count)
                unsafe memory.storeBytes(of: end, toByteOffset: 4 * (row + 1), as: Int32.self)
            }
        }
        let bytes = unsafe ArrowBuffer(count: textBytes) { memory in
            var end = 0
            var row = 0
            while row < count {
                let alike = codes[row...].prefix { $0 == codes[row] }.count
                let text = pool[Int(codes[row])]
                let place = unsafe UnsafeMutableRawBufferPointer(
                    rebasing: memory[end..<end + alike * text.count]
                )
                unsafe Self.fill(place, with: text)
                end += place.count
                row += alike
            }
        }
        return [offsets, bytes]
    }

    /// Repeats `text` to the end of `place`, whose size is a multiple of its own.
    private static func fill(
        _ place: UnsafeMutableRawBufferPointer,
        with text: ContiguousArray<UInt8>
    ) {
        guard place.count > 0 else { return }
        unsafe text.withUnsafeBytes { unsafe place.copyMemory(from: $0) }
        var filled = text.count
        while filled < place.count {
            let part = min(filled, place.count - filled)
            let rest = unsafe UnsafeMutableRawBufferPointer(rebasing: place[filled...])
            unsafe rest.copyMemory(from: UnsafeRawBufferPointer(rebasing: place[..<part]))
            filled += part
        }
    }
}

extension ArrowBuffer {
    fileprivate static func copy<Number: BitwiseCopyable>(of numbers: [Number]) -> ArrowBuffer {
        unsafe numbers.withUnsafeBytes { source in
            unsafe ArrowBuffer(count: source.count) { unsafe $0.copyMemory(from: source) }
        }
    }
}
