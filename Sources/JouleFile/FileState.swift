import Glibc

/// A file as it was when it was looked at: what changes with what it holds.
package struct FileState: Sendable, Hashable {
    package let size: Int64
    /// Nanoseconds of 1970 at which its content last changed.
    package let changedNS: Int64
    package let inode: Int64

    package init(size: Int64, changedNS: Int64, inode: Int64) {
        self.size = size
        self.changedNS = changedNS
        self.inode = inode
    }

    init(_ status: stat) {
        let seconds = Int64(status.st_mtim.tv_sec)
        size = Int64(status.st_size)
        changedNS = seconds &* 1_000_000_000 &+ Int64(status.st_mtim.tv_nsec)
        inode = Int64(bitPattern: UInt64(status.st_ino))
    }

    /// Nil for what is not there; follows links.
    package init?(of path: String) {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else { return nil }
        self.init(status)
    }
}
