import Glibc

/// Keeps the details of runs out of memory: most are never looked at again.
///
/// What is more than some megabytes goes to a file without a name in the folder for temporary
/// files, which is gone with the process. Where there can be none, memory has to do.
final class DetailStore {
    /// Where the details of one run are.
    struct Place {
        fileprivate let offset: UInt64
        fileprivate let size: UInt32
        /// Where what keys are made of is at hand; the last number there is where it is not.
        fileprivate let inputs: UInt32
    }

    private var file: Int32?
    private var fileSize: UInt64 = 0
    /// What is not in the file.
    private var tail: [UInt8] = []
    /// What keys are made of, until they are made: of each run a word that tells how many leaves it has
    /// and whether it is configured, then the leaves.
    private var inputs: [UInt32]? = []
    private var mayWrite = true
    private let tailMax: Int

    init(tailMax: Int = 8 << 20) {
        self.tailMax = tailMax
    }

    deinit {
        if let file { close(file) }
    }

    func add(_ details: RunDetails) -> Place { add(details.parts) }

    func add(_ parts: RunDetails.Parts) -> Place {
        let start = tail.count
        parts.write(to: &tail)
        let place = Place(
            offset: fileSize + UInt64(start),
            size: UInt32(tail.count - start),
            inputs: addInputs(of: parts)
        )
        if mayWrite, tail.count > (file == nil ? tailMax : min(tailMax, Self.partSize)) { spill() }
        return place
    }

    /// Once there is a file, so much goes to it at a time.
    private static let partSize = 4 << 20

    subscript(place: Place) -> RunDetails { RunDetails(bytes(at: place)) }

    /// The place of what keys of a run are made of; none for a run that asks for more than leaves.
    private func addInputs(of parts: RunDetails.Parts) -> UInt32 {
        guard parts.unread.isEmpty, let count = inputs?.count, count < Int(UInt32.max) else {
            return .max
        }
        inputs?.append(UInt32(parts.leaves.count) << 1 | (parts.isConfigured ? 1 : 0))
        inputs?.append(contentsOf: parts.leaves)
        return UInt32(count)
    }

    /// Keys are made: what is asked for from now on is read again.
    func forgetInputs() { inputs = nil }

    /// Reads only what keys are made of.
    func read(_ place: Place, into inputs: inout StoredInputs) {
        if place.inputs != .max, let known = self.inputs {
            let start = Int(place.inputs)
            let leaves = known[start + 1..<start + 1 + Int(known[start] >> 1)]
            return inputs.take(leaves, isConfigured: known[start] & 1 == 1)
        }
        guard place.offset < fileSize else {
            let start = Int(place.offset - fileSize)
            return unsafe tail.withUnsafeBytes { bytes in
                // SAFETY: the part of the tail that `add` made of these details.
                unsafe inputs.take(
                    UnsafeRawBufferPointer(rebasing: bytes[start..<start + Int(place.size)])
                )
            }
        }
        var bytes = inputs.takeScratch()
        read(place, into: &bytes)
        unsafe bytes.withUnsafeBytes { bytes in
            // SAFETY: as above.
            unsafe inputs.take(UnsafeRawBufferPointer(rebasing: bytes[..<Int(place.size)]))
        }
        inputs.giveScratch(bytes)
    }

    private func bytes(at place: Place) -> [UInt8] {
        let size = Int(place.size)
        guard place.offset < fileSize else {
            let start = Int(place.offset - fileSize)
            return Array(tail[start..<start + size])
        }
        var bytes = [UInt8](repeating: 0, count: size)
        read(place, into: &bytes)
        return bytes
    }

    /// Reads from the file into the first of `bytes`, which grow where they are too few.
    private func read(_ place: Place, into bytes: inout [UInt8]) {
        let size = Int(place.size)
        guard let file else { return }
        if bytes.count < size {
            bytes += repeatElement(0, count: size - bytes.count)
        }
        var done = 0
        unsafe bytes.withUnsafeMutableBytes { bytes in
            guard let base = bytes.baseAddress else { return }
            while done < size {
                // SAFETY: what is left of the buffer from `done` on.
                let got = unsafe pread(
                    file,
                    base + done,
                    size - done,
                    off_t(place.offset) + off_t(done)
                )
                if got < 0, errno == EINTR { continue }
                // A file of this process's own, which it wrote: nothing else can be the matter.
                precondition(got > 0, "the file of details cannot be read: errno \(errno)")
                done += got
            }
        }
    }

    private func spill() {
        if file == nil { file = Self.unnamedFile() }
        guard let file else {
            mayWrite = false
            return
        }
        var done = 0
        unsafe tail.withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress else { return }
            while done < bytes.count {
                // SAFETY: what is left of the buffer from `done` on.
                let put = unsafe pwrite(
                    file,
                    base + done,
                    bytes.count - done,
                    off_t(fileSize) + off_t(done)
                )
                if put < 0, errno == EINTR { continue }
                guard put > 0 else { return }
                done += put
            }
        }
        guard done == tail.count else {
            // A full disk: what is in the file stays there, the rest in memory.
            mayWrite = false
            return
        }
        fileSize += UInt64(done)
        tail.removeAll(keepingCapacity: tail.count <= 2 * Self.partSize)
    }

    /// Nil where the file system has none.
    private static func unnamedFile() -> Int32? {
        let folder = unsafe getenv("TMPDIR").map { unsafe String(cString: $0) } ?? "/tmp"
        // O_TMPFILE, which Swift's module does not know: __O_TMPFILE and O_DIRECTORY.
        let unnamed = 0o20_000_000 | O_DIRECTORY
        let file = unsafe open(folder, O_RDWR | unnamed | O_CLOEXEC, 0o600)
        return file >= 0 ? file : nil
    }
}
