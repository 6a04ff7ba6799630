package import JouleQuantities
import JouleSystem

extension Run {
    /// Whether the record is to say which files of the program its language imported.
    package var takesClosure: Bool { active?.takesClosure == true }

    /// Adds members to what the record says of the code.
    package func add(code members: JSONObject) {
        recorderNow()?.code.add(.object(members))
    }

    /// States that the program read no value at these paths of its configuration.
    ///
    /// The record says so when the run ends `finished`, and not otherwise: who knows what a run that
    /// failed was about to read.
    package func noteUnread(config paths: [String]) {
        recorderNow()?.unreadConfig.withLock { $0 = paths }
    }
}
