import JouleQuantities

extension JSON {
    /// Whether this is a META document: an object that names a run, and if it has `set` or `epochs`,
    /// they are objects, those of epochs numbered from 0.
    var isRunDocument: Bool {
        guard case .object(let document) = self, case .integer = document["run"] else {
            return false
        }
        if let set = document["set"], set.object == nil { return false }
        guard let epochs = document["epochs"] else { return true }
        return epochs.object?.members.allSatisfy { epoch in
            epoch.value.object != nil && UInt64(epoch.name).map(String.init) == epoch.name
        } ?? false
    }
}
