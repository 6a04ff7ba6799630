import CJoulebook
import Glibc
import JouleExchange

// Structures of Arrow's C data interface. A consumer may take children out and release them when
// it likes, so each one holds what it needs by itself.

/// One of the two structures that have children and are released.
private protocol ArrowNode {
    static func letGo(_ node: UnsafeMutablePointer<Self>)
}

extension ArrowSchema: ArrowNode {
    fileprivate static func letGo(_ node: UnsafeMutablePointer<ArrowSchema>) {
        unsafe node.pointee.release?(node)
    }
}

extension ArrowArray: ArrowNode {
    fileprivate static func letGo(_ node: UnsafeMutablePointer<ArrowArray>) {
        unsafe node.pointee.release?(node)
    }
}

/// The children of a structure; those that were not taken out are released with it.
@safe private final class ArrowChildren<Node: ArrowNode> {
    let count: Int
    private let nodes: UnsafeMutablePointer<Node>
    /// A pointer to each.
    let pointers: UnsafeMutablePointer<UnsafeMutablePointer<Node>?>

    init(_ children: [Node]) {
        count = children.count
        unsafe nodes = .allocate(capacity: count)
        unsafe pointers = .allocate(capacity: count)
        for (place, child) in children.enumerated() {
            unsafe (nodes + place).initialize(to: child)
            unsafe (pointers + place).initialize(to: nodes + place)
        }
    }

    deinit {
        for place in 0..<count { unsafe Node.letGo(nodes + place) }
        unsafe nodes.deallocate()
        unsafe pointers.deallocate()
    }
}

// MARK: Schemas

/// What the `private_data` of a schema points to.
@safe private final class SchemaParts {
    let format: UnsafeMutablePointer<CChar>?
    let name: UnsafeMutablePointer<CChar>?
    let children: ArrowChildren<ArrowSchema>

    init(format: String, name: String, children: [ArrowSchema]) {
        unsafe self.format = strdup(format)
        unsafe self.name = strdup(name)
        unsafe self.children = ArrowChildren(children)
    }

    deinit {
        unsafe free(format)
        unsafe free(name)
    }
}

extension ArrowSchema {
    /// The schema of record batches: a structure with a field for each column.
    init(of columns: [TableColumn]) {
        let fields = unsafe columns.map { column in
            unsafe ArrowSchema(
                column.kind.arrowFormat,
                column.name,
                flags: ARROW_FLAG_NULLABLE,
                children: []
            )
        }
        unsafe self.init("+s", "", flags: 0, children: fields)
    }

    private init(_ format: String, _ name: String, flags: Int32, children: [ArrowSchema]) {
        let parts = unsafe SchemaParts(format: format, name: name, children: children)
        unsafe self.init()
        unsafe self.format = UnsafePointer(parts.format)
        unsafe self.name = UnsafePointer(parts.name)
        unsafe self.flags = Int64(flags)
        unsafe n_children = Int64(parts.children.count)
        if unsafe parts.children.count > 0 { unsafe self.children = parts.children.pointers }
        unsafe private_data = Unmanaged.passRetained(parts).toOpaque()
        unsafe release = { schema in
            guard let schema = unsafe schema, let held = unsafe schema.pointee.private_data else {
                return
            }
            unsafe schema.initialize(to: ArrowSchema())
            unsafe Unmanaged<SchemaParts>.fromOpaque(held).release()
        }
    }
}

extension TableColumn.Kind {
    fileprivate var arrowFormat: String {
        switch self {
        case .integer: "l"
        case .number: "g"
        case .text: "u"
        case .time: "tsn:UTC"
        }
    }
}

// MARK: Arrays

/// What the `private_data` of an array points to.
@safe private final class ArrayParts {
    private let buffers: [ArrowBuffer?]
    /// The beginning of each buffer.
    let starts: UnsafeMutablePointer<UnsafeRawPointer?>
    let children: ArrowChildren<ArrowArray>

    init(buffers: [ArrowBuffer?], children: [ArrowArray]) {
        self.buffers = buffers
        unsafe starts = .allocate(capacity: buffers.count)
        for (place, buffer) in buffers.enumerated() {
            unsafe (starts + place).initialize(to: buffer?.start)
        }
        unsafe self.children = ArrowChildren(children)
    }

    deinit { unsafe starts.deallocate() }
}

extension ArrowArray {
    /// Rows as a structure, with a child for each column.
    init(of batch: TableBatch) {
        let columns = unsafe batch.columns.map { values in
            unsafe ArrowArray(
                values.count,
                nulls: values.nullCount,
                values.arrowBuffers(),
                children: []
            )
        }
        unsafe self.init(batch.count, nulls: 0, [nil], children: columns)
    }

    private init(
        _ count: Int,
        nulls: Int,
        _ buffers: [ArrowBuffer?],
        children: [ArrowArray]
    ) {
        let parts = unsafe ArrayParts(buffers: buffers, children: children)
        unsafe self.init()
        unsafe length = Int64(count)
        unsafe null_count = Int64(nulls)
        unsafe n_buffers = Int64(buffers.count)
        unsafe self.buffers = parts.starts
        unsafe n_children = Int64(parts.children.count)
        if unsafe parts.children.count > 0 { unsafe self.children = parts.children.pointers }
        unsafe private_data = Unmanaged.passRetained(parts).toOpaque()
        unsafe release = { array in
            guard let array = unsafe array, let held = unsafe array.pointee.private_data else {
                return
            }
            unsafe array.initialize(to: ArrowArray())
            unsafe Unmanaged<ArrayParts>.fromOpaque(held).release()
        }
    }
}
