/// Names one run.
///
/// Any text of 1…256 bytes without control characters: ledgers of this library use 32 hexadecimal
/// digits, imported runs keep the name that they had.
public struct RunID: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// The name itself.
    public let description: String

    /// Nil when `text` is empty, longer than 256 bytes, or holds a control character.
    public init?(_ text: String) {
        guard (1...256).contains(text.utf8.count),
            text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F })
        else { return nil }
        self.description = text
    }

    /// The first eight characters, as shown in tables and file names.
    public var short: String { String(description.prefix(8)) }

    /// Orders by the bytes of the name.
    public static func < (left: RunID, right: RunID) -> Bool {
        left.description < right.description
    }
}

/// The part of a model's life that a run belongs to.
public enum Stage: String, Sendable, Hashable, CaseIterable {
    case dataCollection = "data_collection"
    case dataPreparation = "data_preparation"
    case search
    case pretraining
    case training
    case fineTuning = "fine_tuning"
    case distillation
    case pruning
    case quantization
    case evaluation
    case deployment
    case inference
    case other
}

/// How a run ended, or that it has not.
public enum RunStatus: String, Sendable, Hashable, CaseIterable {
    case finished
    case failed
    case killed
    case running
}
