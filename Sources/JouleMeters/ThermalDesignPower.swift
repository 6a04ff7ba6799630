/// What makers state as the sustained power of a processor package.
enum ThermalDesignPower {
    /// Watts of the processor that the kernel calls `model`; nil when the table does not name it.
    static func watts(of model: String) -> Double? {
        let wanted = Array(ProcessorName.canonical(model).utf8)
        guard !wanted.isEmpty else { return nil }
        return table.withUTF8Buffer { bytes in
            var rest = unsafe bytes[...]
            while unsafe !rest.isEmpty {
                let line = unsafe rest.prefix { $0 != UInt8(ascii: "\n") }
                unsafe rest = rest.dropFirst(line.count + 1)
                let parts = unsafe line.split(separator: UInt8(ascii: "|"))
                if unsafe parts.dropFirst().contains(where: { unsafe $0.elementsEqual(wanted) }) {
                    return unsafe Double(String(decoding: parts[0], as: UTF8.self))
                }
            }
            return nil
        }
    }
}

/// Processor names in one spelling.
enum ProcessorName {
    private static let noise: Set<String> = ["cpu", "processor", "apu", "gen", "generation"]

    /// Lower case, without trademark signs, clock rate, generation and core count, so that
    /// `AMD EPYC 7763 64-Core Processor` becomes `amd epyc 7763`.
    static func canonical(_ name: String) -> String {
        var text = name.lowercased()
        for sign in ["(r)", "(tm)", "™", "®"] {
            text = text.split(separator: sign, omittingEmptySubsequences: false).joined()
        }
        for end in ["@", " with radeon", " w/ radeon"] {
            text = text.split(separator: end, maxSplits: 1).first.map(String.init) ?? ""
        }
        let words = text.split(separator: " ").filter { word in
            !noise.contains(String(word)) && !word.hasSuffix("-core") && !isOrdinal(word)
        }
        return words.joined(separator: " ")
    }

    /// `12th` and the like.
    private static func isOrdinal(_ word: Substring) -> Bool {
        ["st", "nd", "rd", "th"].contains(String(word.suffix(2))) && Int(word.dropLast(2)) != nil
    }
}
