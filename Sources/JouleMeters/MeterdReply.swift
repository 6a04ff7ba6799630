package import JouleQuantities

/// What `joulebook-meterd` answers to a request: one line about itself, then one for each counter.
///
/// `Schemas/meterd.md` describes it; the helper writes it and the library reads it.
package struct MeterdReply: Sendable, Equatable {
    /// Where the helper listens.
    package static let socket = "/run/joulebook/meterd.sock"
    /// All that a client ever sends.
    package static let request = "read 1\n"
    /// The group that may ask.
    package static let group = "joulebook"

    package static let countersMax = 256
    package static let sizeBytesMax = 64 << 10

    package struct Counter: Sendable, Equatable {
        package let device: DeviceID
        /// The device that already contains this one's energy.
        package let enclosedBy: DeviceID?
        /// Whole steps since the helper was started; nil when the counter could not be read.
        package let steps: UInt64?

        package init(device: DeviceID, enclosedBy: DeviceID?, steps: UInt64?) {
            self.device = device
            self.enclosedBy = enclosedBy
            self.steps = steps
        }
    }

    /// When the helper was started, or a counter of its began anew, on the monotonic clock: with another
    /// start counters are others.
    package let startedNS: UInt64
    /// How often the values are renewed.
    package let beatNS: UInt64
    package let stepMicrojoules: UInt64
    package let counters: [Counter]

    package init(
        startedNS: UInt64,
        beatNS: UInt64,
        stepMicrojoules: UInt64,
        counters: [Counter]
    ) {
        self.startedNS = startedNS
        self.beatNS = beatNS
        self.stepMicrojoules = stepMicrojoules
        self.counters = counters
    }

    package var text: String {
        var text = "joulebook-meterd 1 started_ns \(startedNS) beat_ns \(beatNS)"
        text += " step_uj \(stepMicrojoules) counters \(counters.count)\n"
        for counter in counters {
            text += "\(counter.device) \(counter.enclosedBy?.description ?? "-")"
            text += " \(counter.steps.map { String($0) } ?? "-")\n"
        }
        return text
    }

    /// Nil when `text` is no whole reply, or not one that the helper could give.
    package init?(_ text: String) {
        let isPlain = text.utf8.allSatisfy { $0 == 0x0A || (0x20..<0x7F).contains($0) }
        guard isPlain, text.utf8.count <= Self.sizeBytesMax, text.last == "\n" else { return nil }
        let lines = text.dropLast().split(separator: "\n", omittingEmptySubsequences: false)
        let head = lines[0].split(separator: " ", omittingEmptySubsequences: false)
        guard head.count == 10, head[0] == "joulebook-meterd", head[1] == "1",
            head[2] == "started_ns", let startedNS = Self.number(head[3]),
            head[4] == "beat_ns", let beatNS = Self.number(head[5]),
            (1_000_000...10_000_000_000).contains(beatNS),
            head[6] == "step_uj", let step = Self.number(head[7]),
            (1...1_000_000_000).contains(step),
            head[8] == "counters", let count = Self.number(head[9]), count == lines.count - 1,
            count <= Self.countersMax
        else { return nil }
        let counters = lines.dropFirst().compactMap(Self.counter)
        guard counters.count == Int(count), Set(counters.map(\.device)).count == counters.count
        else {
            return nil
        }
        self.init(
            startedNS: startedNS,
            beatNS: beatNS,
            stepMicrojoules: step,
            counters: counters
        )
    }

    /// How many lines a reply has that begins so; nil while its first line is not whole.
    static func lineCount(head: ArraySlice<UInt8>) -> Int? {
        guard let end = head.firstIndex(of: UInt8(ascii: "\n")),
            let space = head[..<end].lastIndex(of: UInt8(ascii: " "))
        else { return nil }
        let digits = String(decoding: head[head.index(after: space)..<end], as: UTF8.self)
        return Int(digits).map { 1 + max(0, min($0, countersMax)) }
    }

    private static func counter(_ line: Substring) -> Counter? {
        let words = line.split(separator: " ", omittingEmptySubsequences: false)
        guard words.count == 3, isDevice(words[0]), words[1] == "-" || isDevice(words[1]),
            words[0] != words[1], words[2] == "-" || number(words[2]) != nil
        else { return nil }
        return Counter(
            device: DeviceID(String(words[0])),
            enclosedBy: words[1] == "-" ? nil : DeviceID(String(words[1])),
            steps: number(words[2])
        )
    }

    /// Whether a word is a name that `RAPLDiscovery` gives.
    package static func isDevice(_ word: Substring) -> Bool {
        let parts = word.split(separator: "/", omittingEmptySubsequences: false)
        guard word.utf8.count <= 64, parts.count == 2, kind(of: word) != nil else { return false }
        let isPlain = word.utf8.allSatisfy {
            (0x30...0x3A).contains($0) || (0x61...0x7A).contains($0)
                || [0x23, 0x2D, 0x2E, 0x2F].contains($0)
        }
        return isPlain && (parts[0] == "platform" || parts[0].hasPrefix("cpu:"))
    }

    /// What kind of zone a device's name is of.
    static func kind(of device: some StringProtocol) -> RAPLZone.Kind? {
        guard let slash = device.firstIndex(of: "/") else { return nil }
        let part = device[device.index(after: slash)...].prefix { $0 != "#" }
        switch RAPLZone.kind(of: part == "package" ? "package-0" : String(part)) {
        case .other: return nil
        case let kind: return kind
        }
    }

    private static func number(_ word: Substring) -> UInt64? {
        let isPlain = word.utf8.allSatisfy { (0x30...0x39).contains($0) }
        return isPlain ? UInt64(word).flatMap { $0 <= UInt64(Int64.max) ? $0 : nil } : nil
    }
}
