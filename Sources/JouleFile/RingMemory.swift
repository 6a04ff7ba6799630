import CJouleSystem
import Glibc
package import JouleFormat

/// Where the newest rows live until a block covers them.
///
/// Mapped from a preallocated file that outlives the process; or, where the file system makes that
/// unsafe, plain memory, and then the ledger's writer cuts a block at every epoch instead.
@safe package struct RingMemory: ~Copyable, @unchecked Sendable {
    // Unchecked: the areas are written under their locks, the counters with atomic stores.
    let base: UnsafeMutableRawPointer
    /// The ring file; nil for plain memory.
    let path: String?
    let geometry: RingGeometry
    /// Why there is no ring file where one was wanted.
    let absence: String?
    /// Held here because a constant of another module is a call, on the training thread's path.
    private let tailOffset = RingLayout.tailOffset

    /// A mapped ring beside the ledger, or plain memory where the file system or its free room
    /// forbids that.
    init(beside ledger: String, fileID: [UInt8]) throws(LedgerError) {
        let path = ledger + ".ring"
        geometry = .standard
        do throws(Absence) {
            unsafe base = try Self.mapped(path, size: geometry.size, fileID: fileID)
            self.path = path
            absence = nil
        } catch {
            unsafe base = try Self.memory(geometry.size)
            self.path = nil
            absence = error.reason
        }
    }

    /// Plain memory.
    package init(_ geometry: RingGeometry = .standard) throws(LedgerError) {
        self.geometry = geometry
        unsafe base = try Self.memory(geometry.size)
        path = nil
        absence = nil
    }

    private struct Absence: Error {
        let reason: String

        init(_ reason: String) {
            self.reason = reason
        }

        /// The paths of this machine are nobody's business.
        init(_ error: LedgerError) {
            guard case .system(_, let operation, let errno) = error else {
                reason = error.description
                return
            }
            reason = "cannot \(operation) a ring: \(LedgerError.text(errno))"
        }
    }

    private static func mapped(_ path: String, size: Int, fileID: [UInt8]) throws(Absence)
        -> UnsafeMutableRawPointer
    {
        let file: SystemFile
        do { file = try SystemFile.creating(path) } catch { throw Absence(error) }
        do throws(Absence) {
            if let reason = dangerOfMapping(file.descriptor) { throw Absence(reason) }
            let error = allocate(size, file.descriptor)
            guard error == 0 else {
                throw Absence("no room for a ring: \(LedgerError.text(error))")
            }
            do { try file.write(RingEncoder.header(fileID: fileID), at: 0) } catch {
                throw Absence(error)
            }
            guard let base = unsafe map(file.descriptor, size: size, flags: MAP_SHARED) else {
                throw Absence("a ring cannot be mapped: \(LedgerError.text(errno))")
            }
            // Every page is written before it is read, so that to read ahead fetches megabytes of zeros.
            unsafe madvise(base, size, MADV_RANDOM)
            return unsafe base
        } catch {
            unsafe unlink(path)
            throw error
        }
    }

    /// The error of the system, 0 for none.
    ///
    /// A signal undoes what was allocated, so that a timer faster than that would never let it end.
    private static func allocate(_ size: Int, _ descriptor: Int32) -> Int32 {
        var error = EINTR
        for _ in 0..<100 where error == EINTR {
            error = posix_fallocate(descriptor, 0, off_t(size))
        }
        return error
    }

    private static func memory(_ size: Int) throws(LedgerError) -> UnsafeMutableRawPointer {
        guard let base = unsafe map(-1, size: size, flags: MAP_PRIVATE | MAP_ANONYMOUS) else {
            throw .system(path: "the ring", operation: "map memory", errno: errno)
        }
        return unsafe base
    }

    deinit {
        unsafe munmap(base, geometry.size)
    }

    private static func map(_ descriptor: Int32, size: Int, flags: Int32)
        -> UnsafeMutableRawPointer?
    {
        let address = unsafe mmap(
            nil,
            size,
            PROT_READ | PROT_WRITE,
            flags,
            descriptor,
            0
        )
        guard unsafe address != MAP_FAILED, let address = unsafe address else { return nil }
        return unsafe address
    }

    /// A mapping is safe where preallocated room is really reserved and one machine owns the pages:
    /// not on network, user-space or copy-on-write file systems.
    private static func dangerOfMapping(_ descriptor: Int32) -> String? {
        let type = joule_file_system_type(descriptor)
        guard type >= 0 else { return "the file system does not say what it is" }
        guard let name = unsafeType(type) else { return nil }
        return "a mapped file is not safe on this file system (\(name))"
    }

    /// What `statfs` calls it.
    private static func unsafeType(_ number: Int64) -> String? {
        switch number {
        case 0x6969: "NFS"
        case 0x517B: "SMB"
        case 0xFF53_4D42: "CIFS"
        case 0xFE53_4D42: "SMB2"
        case 0x6573_5546: "FUSE"
        case 0x0102_1997: "9P"
        case 0x5346_414F: "AFS"
        case 0x00C3_6400: "Ceph"
        case 0x0BD0_0BD0: "Lustre"
        case 0x4750_4653: "GPFS"
        case 0x9123_683E: "Btrfs"
        case 0x2FC1_2FC1: "ZFS"
        case 0xCA45_1A4E: "bcachefs"
        case 0x794C_7630: "overlay"
        default: nil
        }
    }

    // MARK: Pages

    /// Has the kernel provide the pages of these slots for writing, so that the training thread
    /// never waits for one.
    ///
    /// What it cannot provide, an old kernel for one, comes at first use.
    func prepare(_ slots: Range<UInt64>, of area: Int) {
        for pages in pages(of: slots, in: area) {
            // MADV_POPULATE_WRITE, which Debian 12's headers know and Swift's module does not.
            unsafe madvise(base + pages.lowerBound, pages.count, 23)
        }
    }

    /// Has the kernel write the pages of these slots to disk, against power loss; false when it
    /// refuses.
    func synchronize(_ slots: Range<UInt64>, of area: Int) -> Bool {
        pages(of: slots, in: area).allSatisfy { synchronize($0) }
    }

    /// The same with the tails, which tell where readers begin.
    func synchronizeTails() -> Bool { synchronize(0..<RingLayout.headerSize) }

    private func synchronize(_ places: Range<Int>) -> Bool {
        while path != nil,
            unsafe joule_memory_synchronize(base + places.lowerBound, places.count) != 0
        {
            guard errno == EINTR else { return false }
        }
        return true
    }

    /// The whole pages that hold slots of an area, as places in the mapping: two stretches where the
    /// slots go on at the start of the area.
    private func pages(of slots: Range<UInt64>, in area: Int) -> [Range<Int>] {
        let page = Int(getpagesize())
        return geometry.places(of: slots, in: area).map { part in
            let start = part.lowerBound / page * page
            let end = (part.upperBound + page - 1) / page * page
            return start..<min(end, geometry.size)
        }
    }

    // MARK: Slots

    /// Number of the first slot that no block covers.
    package func tail(of area: Int) -> UInt64 {
        unsafe joule_load_acquire(base + tailOffset + 64 * area)
    }

    package func setTail(of area: Int, to slot: UInt64) {
        unsafe joule_store_release(base + RingLayout.tailOffset + 64 * area, slot)
    }

    /// A copy of these slots of an area, in their order.
    package func snapshot(of area: Int, _ slots: Range<UInt64>) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(slots.count * RingLayout.slotSize)
        for part in geometry.places(of: slots, in: area) {
            // SAFETY: places of slots lie within the mapping.
            unsafe bytes.append(
                contentsOf: UnsafeRawBufferPointer(
                    start: base + part.lowerBound,
                    count: part.count
                )
            )
        }
        return bytes
    }

    /// The whole ring as the file of a ledger would hold it.
    package func image(fileID: [UInt8]) -> [UInt8] {
        let header = RingEncoder.header(fileID: fileID, geometry: geometry)
        var bytes = unsafe Array(UnsafeRawBufferPointer(start: base, count: geometry.size))
        bytes.replaceSubrange(header.indices, with: header)
        return bytes
    }

    /// Counts a lost row where readers find it even after a crash.
    package func countDrop(table: UInt16, cause: GapPayload.Cause) {
        guard table < RingLayout.dropTables else { return }
        let place = Int(table) * RingLayout.dropCauses + Int(cause.rawValue)
        let counter = unsafe base + RingLayout.dropsOffset + 8 * place
        unsafe joule_store_release(counter, joule_load_acquire(counter) &+ 1)
    }

    /// The lost rows so far, by table and cause.
    package func drops() -> [GapPayload] {
        let header = unsafe UnsafeRawBufferPointer(start: base, count: RingLayout.headerSize)
        return unsafe (try? RingDecoder.drops(Array(header))) ?? []
    }
}
