import JouleFormat

/// A META block whose payload is a frame that must be refused.
package struct HostileFrame {
    private let payload: [UInt8]
    private let header: BlockHeader

    package init(_ frame: Vector.Frame) {
        payload = frame.bytes
        header = BlockHeader(
            salt: 0,
            type: BlockType.meta,
            flags: [.critical, .zstd],
            table: 0,
            payloadSize: frame.bytes.count,
            rawSize: frame.size,
            rows: 1,
            sequence: 0,
            previousLeaf: 0,
            payloadChecksum: 0
        )
    }

    /// Whether it is refused, and how long that takes, the mean of a thousand times.
    package func refusal() -> (isRefused: Bool, microseconds: Double) {
        let clock = ContinuousClock()
        var isRefused = true
        let elapsed = clock.measure {
            for _ in 0..<1000 {
                if (try? PayloadDecoder.meta(payload[...], header: header)) != nil {
                    isRefused = false
                }
            }
        }
        return (isRefused, elapsed / .microseconds(1000))
    }
}
