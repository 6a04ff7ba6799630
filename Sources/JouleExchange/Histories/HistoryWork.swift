import JouleFile
import JouleQuantities

/// Is told how far the reading of a history has come: done, of so many in all.
package typealias HistoryProgress = (_ done: Int, _ total: Int?) -> Void

/// Counts bytes that were read and tells of each MiB.
struct HistoryWork {
    private let progress: HistoryProgress
    private let total: UInt64?
    private var done: UInt64 = 0
    private var told: UInt64 = 0

    init(_ progress: @escaping HistoryProgress, of total: UInt64? = nil) {
        self.progress = progress
        self.total = total
    }

    mutating func add(_ bytes: UInt64) {
        done += bytes
        guard done >> 20 != told else { return }
        told = done >> 20
        progress(Int(told), total.map { Int($0 >> 20) })
    }
}

/// The runs that were found, each of another name.
struct HistoryRecords {
    private(set) var all: [RunRecord] = []
    private var paths: [RunID: String] = [:]

    mutating func add(_ record: RunRecord, of path: String) throws(ExchangeError) {
        if let other = paths.updateValue(path, forKey: record.id) {
            let reason = "the same run as \(other), perhaps a copy; import one of them"
            throw .unreadable(path: path, reason: reason)
        }
        all.append(record)
    }
}

extension Collection where Index: Strideable, Index.Stride: SignedInteger {
    /// Ranges of neighbours that have the same mark.
    func runs<Mark: Equatable>(where mark: (Element) -> Mark) -> [Range<Index>] {
        var ranges: [Range<Index>] = []
        for place in indices {
            if let last = ranges.last, mark(self[last.lowerBound]) == mark(self[place]) {
                ranges[ranges.count - 1] = last.lowerBound..<place.advanced(by: 1)
            } else {
                ranges.append(place..<place.advanced(by: 1))
            }
        }
        return ranges
    }
}
