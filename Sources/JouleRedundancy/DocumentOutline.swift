import JouleFile
import JouleQuantities

/// What a plain document of a run is made of: its values, and what each is to the run.
///
/// Tells nil where a document is not as this library writes it, or holds anything that takes a record to
/// understand.
struct DocumentOutline {
    /// What a value is to the run.
    enum Role: UInt8 {
        /// Nothing.
        case none
        case id, sweep, seed, started, ended, duration, energy
        /// A member of what makes a setting, or of the other circumstances.
        case setting, circumstance
        /// What the run left behind.
        case artifacts
        /// A final metric, of a name in `DocumentOutline.Names`.
        case metric
        /// A leaf of the configuration, by its path, that counts or does not.
        case leaf, ignored

        /// Whether the value may be anything, whose inside is not looked at.
        var isOpaque: Bool {
            self == .setting || self == .circumstance || self == .artifacts
        }
    }

    /// A value, or what is one to the run.
    struct Value {
        let role: Role
        /// A path, a name, or how many bytes before the value its member begins.
        let argument: Int32
        let place: Range<Int>
    }

    /// Names of final metrics that tell results.
    struct Names {
        fileprivate var leaves = DocumentLeaves()
        fileprivate var paths = ConfigurationPaths(.shipped)

        subscript(argument: Int32) -> String { paths[argument].text }
    }

    private(set) var values: [Value] = []
    /// Whether there is a configuration that is not empty.
    private(set) var hasConfiguration = false
    private var members: Set<[UInt8]> = []

    private static let own: [[UInt8]: Role] = [
        Array("run_id".utf8): .id, Array("sweep".utf8): .sweep, Array("seed".utf8): .seed,
        Array("started".utf8): .started, Array("ended".utf8): .ended,
        Array("duration_s".utf8): .duration, Array("energy_j".utf8): .energy,
        Array("artifacts".utf8): .artifacts,
    ]
    private static let settingNames = Set(
        ["project", "code", "data", "env", "stage", "world_size", "parents"].map { Array($0.utf8) }
    )
    private static let circumstanceNames = Set(
        ["user", "account", "hardware", "status", "tags", "assumed", "rank"].map { Array($0.utf8) }
    )
    private static let config = Array("config".utf8)
    private static let metrics = Array("metrics".utf8)

    init?(
        _ document: [UInt8],
        _ leaves: inout DocumentLeaves,
        _ paths: inout ConfigurationPaths,
        _ names: inout Names,
        _ hashes: inout MetricHashes
    ) {
        var cursor = TextCursor(document)
        guard cursor.take(UInt8(ascii: "{")), cursor.name() != nil,
            let number = cursor.scalar(), cursor.take(UInt8(ascii: ",")),
            let set = cursor.name(), document[set].elementsEqual("set".utf8),
            cursor.take(UInt8(ascii: "{"))
        else { return nil }
        values.append(Value(role: .none, argument: 0, place: number))
        repeat {
            guard let place = cursor.name() else { return nil }
            let name = Array(document[place])
            guard members.insert(name).inserted else { return nil }
            if name == Self.config {
                let start = cursor.place
                guard let found = leaves.leaves(of: &cursor, &paths) else { return nil }
                hasConfiguration = cursor.place - start > 2
                values += found.map { leaf in
                    let isIgnored = paths[leaf.place].role == .ignored
                    return Value(
                        role: isIgnored ? .ignored : .leaf,
                        argument: leaf.place,
                        place: leaf.value
                    )
                }
            } else if name == Self.metrics {
                guard let found = names.leaves.leaves(of: &cursor, &names.paths) else { return nil }
                values += found.map { leaf in
                    let tells = hashes.hash(of: names[leaf.place]) != nil
                    return Value(
                        role: .metric,
                        argument: tells ? leaf.place : -1,
                        place: leaf.value
                    )
                }
            } else {
                let role = Self.role(of: name)
                guard let role, let value = cursor.value() else { return nil }
                // Such values are looked into.
                guard role.isOpaque || !Self.isContainer(document[value.lowerBound]) else {
                    return nil
                }
                let start = place.lowerBound - 1
                values.append(
                    Value(
                        role: role,
                        argument: Int32(truncatingIfNeeded: value.lowerBound - start),
                        place: value
                    )
                )
            }
        } while cursor.take(UInt8(ascii: ","))
        guard cursor.take(UInt8(ascii: "}")), cursor.take(UInt8(ascii: "}")), cursor.isAtEnd else {
            return nil
        }
    }

    private static func role(of name: [UInt8]) -> Role? {
        if let role = own[name] { return role }
        if settingNames.contains(name) { return .setting }
        return circumstanceNames.contains(name) ? .circumstance : nil
    }

    private static func isContainer(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "{") || byte == UInt8(ascii: "[")
    }
}
