import JouleQuantities

/// Integrates power readings of one device, which come in order of time, in bounded memory.
///
/// Which pauses between readings are gaps shows only at the end, from the usual one. So the stretches
/// between readings are added up by their lengths, which are told apart to one part in 32.
struct PowerTrace {
    /// Readings that were known.
    private(set) var readings = 0
    private(set) var firstNS: Int64?
    private(set) var lastNS: Int64?

    private var stretches: [Int64: Stretch] = [:]
    /// Nil where the last reading was not known.
    private var previousWatts: Double?
    private var firstWatts = 0.0
    /// Powers before and behind readings that were not known.
    private var brokenWatts = 0.0
    private var hasFailed = false

    /// A pause of more than so many usual ones is a gap, unless it is short.
    private static let gapFactor = 3.0
    /// What is not longer is short: many GPUs tell the mean of as long.
    private static let gapNSMin = 1e9

    /// All stretches of about one length.
    private struct Stretch {
        var count = 0
        var lengthNS: Int64 = 0
        /// Of those between two readings that were known.
        var observedNS: Int64 = 0
        var joules = 0.0
        /// By what the energy may be wrong, as the power may have changed at any moment in between.
        var unseenJoules = 0.0
        /// Sum of the powers at both ends.
        var endWatts = 0.0
    }

    /// Adds a reading, behind the one before; nil is one that is not known.
    mutating func add(_ watts: Double?, atNS: Int64) {
        defer {
            previousWatts = watts
            lastNS = atNS
            if watts != nil { readings += 1 }
        }
        guard let lastNS else {
            firstNS = atNS
            firstWatts = watts ?? 0
            hasFailed = watts == nil
            return
        }
        let length = atNS - lastNS
        var stretch = stretches.removeValue(forKey: Self.lengthClass(of: length)) ?? Stretch()
        stretch.count += 1
        stretch.lengthNS += length
        if let watts, let previousWatts {
            let seconds = Double(length) / 1e9
            stretch.observedNS += length
            stretch.joules += (watts + previousWatts) / 2 * seconds
            stretch.unseenJoules += abs(watts - previousWatts) / 2 * seconds
            stretch.endWatts += watts + previousWatts
        } else {
            hasFailed = true
            brokenWatts += (watts ?? 0) + (previousWatts ?? 0)
        }
        stretches[Self.lengthClass(of: length)] = stretch
    }

    /// The usual time between two readings; nil before there are two.
    var intervalNS: Int64? { length(atQuantile: 0.5) }

    /// What was used over `windowNS`, of which a part may lie before or behind all readings; nil when
    /// nothing was observed.
    ///
    /// A reading shows the power of some moment within `renewalNS` before it: at both ends, and beside
    /// gaps, the power of half that time is taken to lie between zero and twice what was read. Without
    /// the meter's own uncertainty that of its energy is not known.
    func measured(
        windowNS: Int64,
        renewalNS: Int64,
        uncertaintyRelative: Double?
    ) -> MeasuredEnergy? {
        guard let intervalNS else { return nil }
        let longestNS = max(Double(intervalNS) * Self.gapFactor, Self.gapNSMin)
        var sum = Stretch()
        var endWatts = firstWatts + (previousWatts ?? 0) + brokenWatts
        var flags: EnergyFlags = hasFailed ? .readFailed : []
        for (length, stretch) in stretches.sorted(by: { $0.key < $1.key }) {
            if Double(length) > longestNS {
                flags.insert(.readFailed)
                endWatts += stretch.endWatts
            } else {
                sum.observedNS += stretch.observedNS
                sum.joules += stretch.joules
                sum.unseenJoules += stretch.unseenJoules
            }
        }
        guard sum.observedNS > 0 else { return nil }
        let unsure = sum.unseenJoules + endWatts * Double(renewalNS) / 1e9 / 2
        let relative = unsure / sum.joules
        return MeasuredEnergy(
            energy: Energy(joules: sum.joules),
            coverage: min(1, Double(sum.observedNS) / Double(windowNS)),
            uncertaintyRelative: uncertaintyRelative.flatMap {
                sum.joules > 0 ? ($0 * $0 + relative * relative).squareRoot() : nil
            },
            flags: flags
        )
    }

    /// Whether many pauses are far shorter than long ones that are usual, too, as where readings of
    /// several devices, each made right behind another, are taken for those of one.
    var isInterleaved: Bool {
        // One pause in 20 is as long as this one, so that up to 19 devices are seen.
        guard let long = length(atQuantile: 0.95) else { return false }
        let short = stretches.filter { $0.key < long / 4 }.reduce(0) { $0 + $1.value.count }
        return short * 4 >= stretches.reduce(0) { $0 + $1.value.count }
    }

    private func length(atQuantile part: Double) -> Int64? {
        let all = stretches.reduce(0) { $0 + $1.value.count }
        var left = Int(Double(all) * part)
        for (_, stretch) in stretches.sorted(by: { $0.key < $1.key }) {
            guard left >= stretch.count else { return stretch.lengthNS / Int64(stretch.count) }
            left -= stretch.count
        }
        return nil
    }

    /// The six highest bits of a length: at most 2048 of them.
    private static func lengthClass(of lengthNS: Int64) -> Int64 {
        let shift = max(0, 58 - lengthNS.leadingZeroBitCount)
        return (lengthNS >> Int64(shift)) << Int64(shift)
    }
}
