import CJouleSystem
import Glibc
public import JouleQuantities
import JouleSystem
import Synchronization

/// The runs of this process that nobody has finished yet.
enum OpenRuns {
    private static let state = Lock(State())
    /// The process that added a run last, as forks are counted.
    private static let newest = Atomic<UInt32>(0)

    private struct State {
        var runs: [Run] = []
        var isRegistered = false
    }

    /// Has `run` closed when the process exits, should nobody do it before.
    ///
    /// A child that was forked while another thread held the lock does without.
    static func add(_ run: Run) {
        newest.store(joule_fork_generation(), ordering: .relaxed)
        _ = state.withLockSoon { state in
            state.runs.append(run)
            guard !state.isRegistered else { return }
            state.isRegistered = true
            unsafe on_exit(
                { status, _ in Run.finishAll(status: status == 0 ? .finished : .failed) },
                nil
            )
        }
    }

    static func remove(_ run: Run) {
        _ = state.withLockSoon { state in state.runs.removeAll { $0 === run } }
    }

    /// Whether this process has added any; a forked child of one that did has not.
    ///
    /// Such a child does not look any further: what that takes of the language's runtime, even an empty
    /// list's, may be locked for ever, where another thread of the parent was in it.
    static var mayBeThere: Bool { newest.load(ordering: .relaxed) == joule_fork_generation() }

    /// The open runs, oldest first; in a forked child there are none of its parent's.
    static func all() -> [Run] {
        (state.withLockSoon { $0.runs } ?? []).filter(\.isOurs)
    }
}

extension Run {
    /// Closes every run of this process that is still open; a forked child does nothing.
    ///
    /// Runs by itself when the process exits. Losses are said on standard error, and are in each run's
    /// `warnings`.
    public static func finishAll(status: RunStatus = .finished) {
        guard OpenRuns.mayBeThere else { return }
        // The newest run may be part of an older one and ends first.
        for run in OpenRuns.all().reversed() {
            do { try run.finish(status: status) } catch { Notice.print(error.description) }
        }
    }
}
