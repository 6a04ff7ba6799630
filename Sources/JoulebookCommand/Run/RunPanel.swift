import JouleFile
import JouleQuantities
import Joulebook

/// What `run --live` shows of a program while it runs.
///
/// Energy and power are those that this process measures; a program that logs epochs itself is
/// followed by its own ledger.
final class RunPanel {
    private let run: Run
    private let footer: TerminalFooter
    private let began = ContinuousClock.now
    private var due = ContinuousClock.now
    /// Energies of the last seconds, the oldest first.
    private var energies: [(time: ContinuousClock.Instant, joules: Double)] = []
    private var child: ChildLedger

    /// Nil where there is no terminal to show it on.
    init?(of run: Run) {
        guard let footer = TerminalFooter() else { return nil }
        self.run = run
        self.footer = footer
        child = ChildLedger(of: run)
    }

    /// Shows what is new, once a second.
    func update() {
        let now = ContinuousClock.now
        guard now >= due else { return }
        due = now + .seconds(1)
        if let joules = run.energy?.joules, joules != energies.last?.joules {
            energies.append((now, joules))
            // Some beats of the meters, so that one late reading does not show as a leap.
            if energies.count > 4 { energies.removeFirst() }
        }
        child.update()
        footer.show { width in line(at: now).text(width: width) }
    }

    /// Takes the line away and leaves what the program has taken.
    ///
    /// Behind a signal it stands on a line of its own: the terminal has shown `^C`.
    func finish(afterSignal: Bool) {
        let energy = run.energy.map { sign + Units.energy(joules: $0.joules) }
        let seconds = (ContinuousClock.now - began) / .seconds(1)
        let power = run.energy.flatMap { seconds > 0 ? $0.joules / seconds : nil }
        let words = [
            "\(energy ?? "energy not known") in \(Units.duration(seconds: seconds))",
            power.map { "on average \(sign)\(Units.power(watts: $0))" }, run.path?.visible,
        ]
        let text = words.compactMap(\.self).joined(separator: ", ")
        footer.remove(leaving: (afterSignal ? "\r\n" : "") + "joulebook: \(text)")
    }

    private func line(at now: ContinuousClock.Instant) -> StatusLine {
        var line = child.status ?? StatusLine()
        let (seconds, joules) = ((now - began) / .seconds(1), run.energy?.joules)
        // What was before the program's own run, or beside it, comes on top of what that foretells.
        line.secondsAtEnd = line.secondsAtEnd.map { $0 - (line.seconds ?? 0) + seconds }
        line.joulesAtEnd = line.joulesAtEnd.flatMap { end in
            line.joules.flatMap { own in joules.map { end - own + $0 } }
        }
        line.seconds = seconds
        line.joules = joules
        line.watts = power
        line.sign = sign
        return line
    }

    private var power: Double? {
        guard let first = energies.first, let last = energies.last, first.time < last.time else {
            return nil
        }
        return (last.joules - first.joules) / ((last.time - first.time) / .seconds(1))
    }

    private var sign: String {
        let word = run.summary()["provenance"]?.string
        return word.flatMap(Provenance.init(rawValue:))?.isDoubtful == true ? "≈" : ""
    }
}
