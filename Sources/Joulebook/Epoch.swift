package import JouleFile
import JouleQuantities
import JouleSampler
import JouleSystem
import Synchronization

/// One pass over the data, from `Run.beginEpoch` to `end`.
public final class Epoch: Sendable {
    /// As the program counts.
    public let number: Int

    private let run: Run
    private let started: Stamp
    private let window: WindowID?
    /// The place among the run's epochs; nil when nothing is recorded.
    let index: Int64?
    private let state = Lock(State())

    private struct State {
        var isOpen = true
        var cells: [MetricCell] = []
        var phases: [Phase] = []
    }

    init(number: Int, of run: Run) {
        self.number = number
        self.run = run
        let recorder = run.active
        index = recorder?.nextEpochIndex()
        started = .now()
        window = recorder?.openWindow(at: started)
    }

    /// Adds metrics to the epoch; they are kept when it ends, the later of two under one name.
    ///
    /// The epoch's row is made when it ends, whatever the durability: until then what is logged here
    /// is lost with the process. `Run.log` makes a row at once.
    public func log(_ metrics: Metrics) {
        run.recorderNow()?.withCells(metrics, of: .epochs) { log(cells: $0) }
    }

    /// Adds metrics whose names were resolved for the table of epochs.
    package func log(cells: Span<MetricCell>) {
        guard run.recorderNow() != nil else { return }
        let isLate = state.withLock { state -> Bool in
            guard state.isOpen else { return !cells.isEmpty }
            for index in cells.indices {
                let cell = cells[index]
                if let place = state.cells.firstIndex(where: { $0.id == cell.id }) {
                    state.cells[place].value = cell.value
                } else {
                    state.cells.append(cell)
                }
            }
            return false
        }
        if isLate { run.noteLateCall() }
    }

    /// Begins a named part of the epoch, such as `validation`.
    ///
    /// A part without a name is a warning and otherwise ignored.
    public func phase(_ name: String) -> Phase { keep(Phase(name, epoch: self, of: run)) }

    /// Begins a range of steps of the epoch, from `first` through `last`, both included.
    ///
    /// It is a window of time and energy of its own and ends with `Phase.end`, whatever steps were logged. A last step before the first is
    /// a warning and otherwise ignored.
    public func steps(from first: Int, through last: Int) -> Phase {
        keep(Phase(stepsFrom: first, through: last, epoch: self, of: run))
    }

    private func keep(_ phase: Phase) -> Phase {
        if run.recorderNow() != nil, phase.isKept { state.withLock { $0.phases.append(phase) } }
        return phase
    }

    /// Ends the epoch and keeps it with all that was logged; the second call does nothing.
    public func end(_ metrics: Metrics = [:]) {
        guard let recorder = run.active else {
            if !metrics.pairs.isEmpty { run.noteLateCall() }
            return
        }
        let ended = Stamp.now()
        if !metrics.pairs.isEmpty { log(metrics) }
        run.forget(self)
        if let cells = close(at: ended, recorder, keeping: true) {
            run.lookForReplay(epoch: number, cells, recorder)
        }
        run.reviewBudget()
    }

    /// Ends an epoch that the program left open; false without any metric: it did not happen.
    func abandon(at ended: Stamp, _ recorder: Recorder) -> Bool {
        let hasMetrics = state.withLock { !$0.cells.isEmpty }
        _ = close(at: ended, recorder, keeping: hasMetrics)
        return hasMetrics
    }

    func forget(_ phase: Phase) {
        state.withLock { $0.phases.removeAll { $0 === phase } }
    }

    /// Nil when it had ended before, or is not kept; else what was logged to it.
    private func close(
        at ended: Stamp,
        _ recorder: Recorder,
        keeping isKept: Bool
    ) -> [MetricCell]? {
        let left = state.withLock { state -> State? in
            guard state.isOpen else { return nil }
            defer { state = State(isOpen: false) }
            return state
        }
        guard let left else { return nil }
        for phase in left.phases { phase.end(at: ended, recorder) }
        guard isKept, let index else {
            recorder.dropWindow(window, at: ended)
            return nil
        }
        run.noteEpoch(number, index, from: started.instant, to: ended.instant)
        let cells = left.cells.span
        recorder.appendEpoch(index, number: number, from: started, to: ended, cells: cells)
        recorder.closeWindow(window, at: ended, as: .epoch(index))
        return left.cells
    }
}
