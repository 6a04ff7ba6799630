import JouleFile
import JouleQuantities
import JouleSampler
import JouleSystem

/// A named part of an epoch or of a run, or a range of steps of an epoch, a run or a named part.
public final class Phase: Sendable {
    /// As the program calls it; `steps` of a range of steps.
    public let name: String

    private let run: Run
    private let epoch: Epoch?
    /// The named part that a range of steps is part of.
    private let outer: Phase?
    /// What makes it a range of steps.
    private let range: StepRange?
    private let started: Stamp
    private let window: WindowID?
    /// The place among the run's phases; nil when it is not kept.
    private let ordinal: Int64?
    /// Ranges of steps that are open; nil once the part has ended, and where it is not kept.
    private let ranges: Lock<[Phase]?>

    /// A named part.
    convenience init(_ name: String, epoch: Epoch?, of run: Run) {
        if name.isEmpty, run.active != nil { run.say("phase: the name is empty; it is left out") }
        self.init(name, epoch: epoch, of: run, isKept: !name.isEmpty)
    }

    /// A range of steps.
    convenience init(
        stepsFrom first: Int,
        through last: Int,
        within outer: Phase? = nil,
        epoch: Epoch?,
        of run: Run
    ) {
        let range = StepRange(first: Int64(first), last: Int64(last), within: outer?.ordinal)
        if range == nil, run.active != nil {
            run.say(
                "steps: the last one, \(last), is before the first, \(first); give both in order"
            )
        }
        let isKept = range != nil && (outer?.isKept ?? true)
        self.init(StepRange.name, range, within: outer, epoch: epoch, of: run, isKept: isKept)
    }

    private init(
        _ name: String,
        _ range: StepRange? = nil,
        within outer: Phase? = nil,
        epoch: Epoch?,
        of run: Run,
        isKept: Bool
    ) {
        self.name = name
        self.range = range
        self.outer = outer
        self.epoch = epoch
        self.run = run
        started = .now()
        let recorder = isKept ? run.active : nil
        ordinal = recorder?.nextPhaseOrdinal()
        window = recorder?.openWindow(at: started)
        ranges = Lock(recorder == nil ? nil : [])
    }

    /// Whether it is measured and becomes a row.
    var isKept: Bool { ordinal != nil }

    /// Begins a range of steps of the named part, from `first` through `last`, both included.
    ///
    /// It is a window of time and energy of its own and ends with `end`, whatever steps were logged. A last step before the first, or a
    /// range within a range, is a warning and otherwise ignored.
    public func steps(from first: Int, through last: Int) -> Phase {
        guard range == nil else {
            if run.active != nil {
                run.say("steps: a range of steps has no ranges; it is left out")
            }
            return Phase(name, range, within: self, epoch: epoch, of: run, isKept: false)
        }
        let range = Phase(stepsFrom: first, through: last, within: self, epoch: epoch, of: run)
        if run.recorderNow() != nil, range.isKept { ranges.withLock { $0?.append(range) } }
        return range
    }

    /// Ends the part, with the ranges of steps in it, and keeps its time and energy; the second call
    /// does nothing.
    public func end() {
        guard let recorder = run.active else { return }
        let ended = Stamp.now()
        if let outer {
            outer.forget(self)
        } else if let epoch {
            epoch.forget(self)
        } else {
            run.forget(self)
        }
        end(at: ended, recorder)
    }

    private func forget(_ range: Phase) {
        ranges.withLock { $0?.removeAll { $0 === range } }
    }

    func end(at ended: Stamp, _ recorder: Recorder) {
        let open = ranges.withLock { ranges in
            defer { ranges = nil }
            return ranges
        }
        guard let open, let ordinal else { return }
        for range in open { range.end(at: ended, recorder) }
        recorder.appendPhase(
            ordinal,
            name,
            epochIndex: epoch?.index,
            range: range,
            from: started,
            to: ended
        )
        recorder.closeWindow(window, at: ended, as: .phase(ordinal))
    }
}
