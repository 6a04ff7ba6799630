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
    /// Held here because a constant of another module is a call, on the training thread's path.
    private let tailOffset = RingLayout.tailOffset

    /// A mapped ring beside the ledger; nil where the file system or its free room forbids one.
    init?(mapping path: String, fileID: [UInt8]) {
        geometry = .standard
        guard let file = try? SystemFile.creating(path) else { return nil }
        guard Self.isSafeToMap(file.descriptor),
            posix_fallocate(file.descriptor, 0, off_t(geometry.size)) == 0,
            (try? file.write(RingEncoder.header(fileID: fileID), at: 0)) != nil,
            let base = unsafe Self.map(file.descriptor, size: geometry.size, flags: MAP_SHARED)
        else {
            unsafe unlink(path)
            return nil
        }
        unsafe self.base = base
        self.path = path
    }

    /// Plain memory; nil when there is none.
    package init?(_ geometry: RingGeometry = .standard) {
        guard
            let base = unsafe Self.map(
                -1,
                size: geometry.size,
                flags: MAP_PRIVATE | MAP_ANONYMOUS
            )
        else { return nil }
        self.geometry = geometry
        unsafe self.base = base
        path = nil
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
    private static func isSafeToMap(_ descriptor: Int32) -> Bool {
        let unsafeTypes: Set<Int64> = [
            0x6969, 0x517B, 0xFF53_4D42, 0xFE53_4D42,  // NFS, SMB, CIFS, SMB2
            0x6573_5546, 0x0102_1997, 0x5346_414F,  // FUSE, 9P, AFS
            0x00C3_6400, 0x0BD0_0BD0, 0x4750_4653,  // Ceph, Lustre, GPFS
            0x9123_683E, 0x2FC1_2FC1, 0xCA45_1A4E,  // Btrfs, ZFS, bcachefs
            0x794C_7630,  // overlay
        ]
        let type = joule_file_system_type(descriptor)
        return type >= 0 && !unsafeTypes.contains(type)
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

    /// Has the kernel write the pages of these slots to disk, against power loss.
    func synchronize(_ slots: Range<UInt64>, of area: Int) {
        guard path != nil else { return }
        for pages in pages(of: slots, in: area) {
            unsafe joule_memory_synchronize(base + pages.lowerBound, pages.count)
        }
    }

    /// The same with the tails, which tell where readers begin.
    func synchronizeTails() {
        if path != nil { unsafe joule_memory_synchronize(base, RingLayout.headerSize) }
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
        unsafe joule_store_release(counter, joule_load_acquire(counter) + 1)
    }

    /// The lost rows so far, by table and cause.
    package func drops() -> [GapPayload] {
        let header = unsafe UnsafeRawBufferPointer(start: base, count: RingLayout.headerSize)
        return unsafe (try? RingDecoder.drops(Array(header))) ?? []
    }
}
