import Glibc
import JouleFile
import JouleQuantities
import JouleSystem

extension Run {
    /// Bytes of the largest artifact that a run takes.
    public static let attachmentSizeBytesMax = ContentQueue.sizeBytesMax

    /// Keeps bytes as an artifact of the run, as they are, under a name of 1 to 1024 bytes.
    ///
    /// Waits for nothing. Of artifacts with one name that of the last call counts; equal bytes are
    /// stored once. At most `attachmentSizeBytesMax` are taken, of all that are not on disk yet
    /// together: what is too much is a warning and counted among the run's losses.
    public func attach(_ name: String, bytes: [UInt8], mediaType: String = "") {
        guard let recorder = recorderNow() else { return }
        let outcome = recorder.unread.withLock { unread in
            let outcome = recorder.writer.attach(name: name, mediaType: mediaType, bytes: bytes)
            // A file that was named before would come behind, and count.
            if outcome == .taken { unread.removeAll { $0.isNamed(name) } }
            return outcome
        }
        say(outcome, of: name)
    }

    /// Keeps a file's content as an artifact of the run, under `name` or its own name.
    ///
    /// The file is opened at once and read in the background: leave it as it is for a moment, or hand
    /// over its bytes. Of artifacts with one name that of the last call counts all the same. What is
    /// no regular file, or cannot be read, is a warning and otherwise ignored; what is not read two
    /// seconds after the end of the run is counted among its losses, too.
    public func attach(file path: String, as name: String? = nil, mediaType: String = "") {
        guard let recorder = recorderNow() else { return }
        let name = name ?? path.split(separator: "/").last.map(String.init) ?? path
        let file: AttachedFile
        do { file = try AttachedFile(path, as: name) } catch {
            if case .tooLarge = error { recorder.writer.count(.tooLarge) }
            return say("attach: \(path): \(error.description)")
        }
        recorder.unread.withLock { $0.append(file) }
        let job: BackgroundWork.Job = { [weak self] in
            guard let bytes = file.content() else {
                return { [weak self] in
                    _ = recorder.unread.withLock { $0.take(file) }
                    self?.say("attach: \(path): cannot be read to its end; it is not kept")
                }
            }
            return { [weak self] in self?.keep(bytes, of: file, mediaType, in: recorder) }
        }
        let regret: BackgroundWork.Regret = {
            if recorder.unread.withLock({ $0.take(file) }) { recorder.writer.count(.queueFull) }
        }
        guard !recorder.background.add(job, orElse: regret) else { return }
        regret()
        say("attach: \(path): too many files wait to be read; it is not kept")
    }

    /// Keeps bytes as a block of a type of your own, from 0x80 on, which readers that do not know the
    /// type skip, hash and, in packs and recoveries, keep; a redaction leaves it out.
    ///
    /// Waits for nothing. Another type, or more than 16 MiB, is a warning and counted.
    public func append(privateBlock type: UInt8, _ bytes: [UInt8]) {
        guard let recorder = recorderNow() else { return }
        switch recorder.writer.append(privateBlock: type, bytes) {
        case .taken: return
        case .closed: noteLateCall()
        case .misnamed: say("a private block is of a type from 128 on, not \(type); it is not kept")
        case .tooLarge: say("a private block has at most 16 MiB; it is not kept")
        case .queueFull: say("what waits for the disk is too much for a private block")
        }
    }

    /// Hands a file's content to the writer, unless something of its name was attached since.
    private func keep(
        _ bytes: [UInt8],
        of file: AttachedFile,
        _ mediaType: String,
        in recorder: Recorder
    ) {
        let outcome = recorder.unread.withLock { unread -> ContentOutcome? in
            guard unread.take(file) else { return nil }
            return recorder.writer.attach(name: file.name, mediaType: mediaType, bytes: bytes)
        }
        if let outcome { say(outcome, of: file.name) }
    }

    /// Says why the writer does not take an artifact.
    private func say(_ outcome: ContentOutcome, of name: String) {
        let label = String(name.prefix(80))
        switch outcome {
        case .taken: return
        case .closed: noteLateCall()
        case .tooLarge:
            say("attach: \(label): is larger than \(AttachedFile.limit); it is not kept")
        case .queueFull:
            say("attach: \(label): what waits for the disk exceeds what is kept; it is not kept")
        case .misnamed: say("attach: a name has 1 to 1024 bytes, and so has a media type at most")
        }
    }
}

extension [AttachedFile] {
    /// Removes a file; false when something of its name has taken its place.
    fileprivate mutating func take(_ file: AttachedFile) -> Bool {
        guard let place = firstIndex(where: { $0 === file }) else { return false }
        remove(at: place)
        return true
    }
}

/// A file that is to become an artifact, open.
final class AttachedFile: Sendable {
    enum Refusal: Error, CustomStringConvertible {
        case system(Int32)
        case notRegular(String)
        case tooLarge

        var description: String {
            switch self {
            case .system(let code): "\(unsafe String(cString: strerror(code))); it is not kept"
            case .notRegular(let kind): "is \(kind); name a regular file"
            case .tooLarge: "is larger than \(AttachedFile.limit); it is not kept"
            }
        }
    }

    static let limit = "\(Run.attachmentSizeBytesMax >> 20) MiB"

    fileprivate let name: String
    private let descriptor: Int32
    private let size: Int

    /// Throws what is known of it at once.
    init(_ path: String, as name: String) throws(Refusal) {
        // A pipe without a writer must not hold the training up.
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw .system(errno) }
        var facts = stat()
        if let refusal = Self.refusal(of: descriptor, &facts) {
            close(descriptor)
            throw refusal
        }
        self.name = name
        self.descriptor = descriptor
        size = Int(facts.st_size)
    }

    private static func refusal(of descriptor: Int32, _ facts: inout stat) -> Refusal? {
        guard unsafe fstat(descriptor, &facts) == 0 else { return .system(errno) }
        switch facts.st_mode & S_IFMT {
        case S_IFREG: return facts.st_size > Run.attachmentSizeBytesMax ? .tooLarge : nil
        case S_IFDIR: return .notRegular("a directory")
        default: return .notRegular("no regular file")
        }
    }

    deinit { close(descriptor) }

    /// Names are the same when their bytes are.
    func isNamed(_ other: String) -> Bool { name.utf8.elementsEqual(other.utf8) }

    /// All of it, and a byte more than is taken where it has grown beyond that; nil when it cannot be
    /// read.
    func content() -> [UInt8]? {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(size)
        var chunk = [UInt8](repeating: 0, count: 256 << 10)
        while bytes.count <= Run.attachmentSizeBytesMax {
            let count = unsafe read(descriptor, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { return nil }
            if count == 0 { break }
            bytes.append(contentsOf: chunk[..<count])
        }
        return bytes
    }
}
