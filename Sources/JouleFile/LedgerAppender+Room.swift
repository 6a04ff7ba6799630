import CJouleSystem
import Glibc

/// Room on the disk that a ledger has before it needs it.
///
/// Where a disk fills up, what is left of it is for epochs and what describes the run; steps and
/// telemetry wait in the ring.
struct LedgerRoom: Sendable {
    /// Where the reserved room ends; nil where the file system cannot reserve any.
    private(set) var end: UInt64? = 0
    private var isRefused = false

    /// Of a file that another writer left, which may have reserved some.
    static var leftOver: LedgerRoom {
        var room = LedgerRoom()
        room.end = .max
        return room
    }

    private static let stepMin: UInt64 = 64 << 10
    private static let stepMax: UInt64 = 1 << 20

    /// Reserves as much ahead of `offset` as the file is long, between 64 KiB and 1 MiB, and `size`
    /// bytes more.
    mutating func reserve(_ descriptor: Int32, from offset: UInt64, ahead size: UInt64) {
        guard let end else { return }
        let usual = min(max(offset, Self.stepMin), Self.stepMax)
        guard offset + size + usual / 2 > end else {
            isRefused = false
            return
        }
        let step = usual + size
        let start = max(end, offset)
        let count = offset + step - start
        while joule_file_reserve(descriptor, Int64(start), Int64(count)) != 0 {
            switch errno {
            case EINTR: continue
            case ENOSPC, EDQUOT: isRefused = true
            default: self.end = nil
            }
            return
        }
        isRefused = false
        self.end = offset + step
    }

    /// Notes that the disk had no room at `offset`, where the file was cut off, reserved room included.
    mutating func refuse(from offset: UInt64) {
        if end != nil { end = offset }
        isRefused = true
    }

    /// Whether the disk is full, so that only what matters most is to be written.
    var isShort: Bool { isRefused }

    /// Whether there may be more room than the file needs.
    func isLeft(behind offset: UInt64) -> Bool { end.map { $0 > offset } ?? false }
}
