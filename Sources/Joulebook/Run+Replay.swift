import JouleFile
import JouleQuantities
import JouleSystem
import Synchronization

extension Run {
    /// The earlier run that this one repeats; nil until its epochs say so.
    ///
    /// Looked for when an epoch ends, unless `RunOptions.onDuplicate` is `ignore`, by the first process
    /// of a run.
    public var replay: Replay? { isOurs ? replays.withLock { $0?.replay } : nil }

    /// Whether there is a `replay`, for who asks in each epoch.
    package var isReplay: Bool { isOurs && replayed.load(ordering: .relaxed) }

    /// Compares an epoch that has ended with those of earlier runs.
    func lookForReplay(epoch number: Int, _ cells: [MetricCell], _ recorder: Recorder) {
        guard hasReplays else { return }
        let last = outlook.withLock { $0.plan?.upperBound }
        let left = last.map { Int(clamping: Int128($0) - Int128(number)) }
        let cells = cells.span
        let (news, policy) = replays.withLock { watch in
            let news = watch?.end(epoch: number, cells, left: left) {
                recorder.writer.epochMetricName($0)
            }
            return (news, watch?.policy)
        }
        guard var news, let policy else { return }
        recorder.writer.annotate(["replay": news.kept])
        guard news.until == nil else { return }
        if recorder.isTagged("verify") {
            // It was meant to come to the same.
            news.action = .none
            replays.withLock { $0?.take(.none) }
        }
        replayed.store(true, ordering: .relaxed)
        tell(news, policy)
    }

    private func tell(_ news: Replay, _ policy: ReplayPolicy) {
        switch news.action {
        case .none: break
        case .warn: say(news.explanation)
        case .stop:
            say(news.explanation + "; the run is asked to stop")
            stopsForReplay.store(true, ordering: .relaxed)
        case .call:
            if policy.mayGoOn?(.replay(news)) == false {
                stopsForReplay.store(true, ordering: .relaxed)
            }
        }
    }
}
