import JouleConformance

/// How quickly frames are refused that no reader may believe.
enum Bombs {
    /// Whether each is refused, within a hundred microseconds.
    static func run() -> Bool {
        var isGood = true
        for frame in Vector.hostileFrames {
            let (isRefused, microseconds) = HostileFrame(frame).refusal()
            isGood = isGood && isRefused && microseconds < 100
            let rounded = (microseconds * 100).rounded() / 100
            print("\(isRefused ? "refused" : "ACCEPTED") in \(rounded) µs: \(frame.about)")
        }
        return isGood
    }
}
