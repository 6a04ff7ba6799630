import JouleQuantities
import JouleSystem

/// Names one window of one sampler.
package struct WindowID: Sendable, Hashable {
    let number: UInt64
}

/// Receives every meter's energy once the window has ended.
typealias WindowDelivery = @Sendable ([MeasuredEnergy?]) -> Void

/// A closed window whose meters answer one lane at a time, and which is delivered exactly once.
final class WindowReceipt: Sendable {
    private struct State {
        var values: [MeasuredEnergy?]
        var lanesLeft: Int
        var deliver: WindowDelivery?
    }

    private let state: Lock<State>

    init(meters: Int, lanes: Int, deliver: @escaping WindowDelivery) {
        let values = [MeasuredEnergy?](repeating: nil, count: meters)
        state = Lock(State(values: values, lanesLeft: lanes, deliver: deliver))
    }

    /// Whether nothing is left to deliver.
    var isDelivered: Bool { state.withLock { $0.deliver == nil } }

    /// Takes one lane's answer; the last one delivers.
    func answer(_ answer: [MeasuredEnergy?], for meters: [Int]) {
        deliver { state in
            for (meter, value) in zip(meters, answer) where state.values.indices.contains(meter) {
                state.values[meter] = value
            }
            state.lanesLeft -= 1
            return state.lanesLeft <= 0
        }
    }

    /// Delivers what is known, without the lanes that hang.
    func expire() { deliver { _ in true } }

    private func deliver(when isComplete: (inout State) -> Bool) {
        let ready = state.withLock { state -> (WindowDelivery, [MeasuredEnergy?])? in
            guard let deliver = state.deliver, isComplete(&state) else { return nil }
            state.deliver = nil
            return (deliver, state.values)
        }
        // Outside the lock, because the receiver may call the sampler.
        if let (deliver, values) = ready { deliver(values) }
    }
}
