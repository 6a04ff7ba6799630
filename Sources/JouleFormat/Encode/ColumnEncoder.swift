/// Encodes one column of a block in the smallest way that gives back the same bits.
package enum ColumnEncoder {
    /// Above this many values the choice is made on the first ones.
    static let sampleCount = 512

    /// The stored form: tag, flags, and the body that a reader takes them for.
    static func encode(_ values: ColumnValues, type: ColumnType, rows: Int) -> (
        tag: UInt8, flags: UInt8, body: [UInt8]
    ) {
        var body: [UInt8] = []
        var flags: UInt8 = 0
        if let present = values.present, present.contains(false) {
            flags |= ColumnFlag.hasNulls
            body = bitmap(present)
        }
        if type == .string {
            let strings = kept(values.strings, values.present)
            return (ColumnTag.strings, flags, body + encode(strings: strings))
        }
        let (tag, encoded) = encode(words: kept(values.words, values.present), type: type)
        return (tag, flags, body + encoded)
    }

    private static func kept<Value>(_ values: [Value], _ present: [Bool]?) -> [Value] {
        guard let present else { return values }
        return zip(values, present).compactMap { $1 ? $0 : nil }
    }

    private static func bitmap(_ present: [Bool]) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: (present.count + 7) / 8)
        for (row, isPresent) in present.enumerated() where isPresent {
            bytes[row / 8] |= 1 << UInt8(row % 8)
        }
        return bytes
    }

    private static func encode(words: [UInt64], type: ColumnType) -> (UInt8, [UInt8]) {
        var best = raw(words)
        guard !words.isEmpty else { return best }
        for candidate in transforms(words, type: type) {
            let body = candidate.parameters + Residuals.encode(candidate.residuals)
            if body.count < best.1.count { best = (candidate.tag, body) }
        }
        return best
    }

    /// Every fitting transform of a short column, and of a long one the best on a sample.
    private static func transforms(_ words: [UInt64], type: ColumnType) -> [ColumnTransform] {
        guard words.count > 2 * sampleCount else {
            return ColumnTransform.candidates(words, type: type)
        }
        let sample = ColumnTransform.candidates(Array(words.prefix(sampleCount)), type: type)
        let costs = sample.map { (tag: $0.tag, size: Residuals.encode($0.residuals).count) }
        guard let best = costs.min(by: { $0.size < $1.size }) else { return [] }
        let all = ColumnTransform.candidates(words, type: type)
        // What fitted the sample may not fit the rest; the first three always do.
        let chosen = all.filter { $0.tag == best.tag }
        return chosen.isEmpty ? Array(all.prefix(3)) : chosen
    }

    private static func raw(_ words: [UInt64]) -> (UInt8, [UInt8]) {
        var writer = ByteWriter()
        for word in words { writer.append(word) }
        return (ColumnTag.raw, writer.bytes)
    }

    /// Lengths as residuals, then the number of UTF-8 bytes and the bytes as one lane.
    private static func encode(strings: [String]) -> [UInt8] {
        let utf8 = strings.map { Array($0.utf8) }
        let bytes = Array(utf8.joined())
        var writer = ByteWriter()
        writer.append(Residuals.encode(utf8.map { UInt64($0.count) }))
        writer.append(UInt32(bytes.count))
        if let frame = ZstdEncoder.frame(of: bytes) {
            writer.append(PlaneKind.zstd)
            writer.append(UInt32(frame.count))
            writer.append(frame)
        } else {
            writer.append(PlaneKind.raw)
            writer.append(bytes)
        }
        return writer.bytes
    }
}
