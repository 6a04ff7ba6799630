import JouleFile

/// What a store has of ledgers below a prefix.
struct StoredVersions {
    /// By the ids of their files.
    private(set) var objects: [String: [LedgerObject]] = [:]
    private var count = 0

    /// A prefix with more is none that one program should take on.
    private static let countMax = 1_000_000

    /// Those directly below `prefix`, or those of one file alone.
    init(
        in store: S3Store,
        below prefix: String,
        fileID: String? = nil
    ) throws(ObjectStoreError) {
        let listed = fileID.map { LedgerObject.folder(of: $0, below: prefix) }
        let whole = prefix.isEmpty ? "" : prefix + "/"
        var found = Self()
        try store.forEachObject(below: listed ?? whole) { key, size throws(ObjectStoreError) in
            guard let object = LedgerObject(key: key, sizeBytes: size),
                key == LedgerObject.key(of: object.version, below: prefix)
            else { return }
            found.add(object)
            guard found.count <= Self.countMax else {
                throw .misconfigured(
                    "\(store.name)/\(prefix): more than \(Self.countMax) versions; use several prefixes"
                )
            }
        }
        self = found
    }

    private init() {}

    mutating func add(_ object: LedgerObject) {
        remove(object)
        objects[object.version.fileID, default: []].append(object)
        count += 1
    }

    mutating func remove(_ object: LedgerObject) {
        let before = objects[object.version.fileID]?.count ?? 0
        objects[object.version.fileID]?.removeAll { $0.key == object.key }
        count -= before - (objects[object.version.fileID]?.count ?? 0)
    }
}
