import FoundationEssentials
import JouleConformance
import JouleQuantities
import Testing

@Suite("Vectors")
struct VectorTests {
    /// `Schemas/Vectors` of this checkout.
    static let directory = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Schemas/Vectors").path

    @Test("Writer and reader give exactly what is stored", arguments: Vector.all.map(\.name))
    func stored(name: String) throws {
        let vector = try #require(Vector.all.first { $0.name == name })
        #expect(try VectorStore(Self.directory).differences(of: vector) == [])
    }

    @Test("The list names every vector")
    func list() throws {
        let text = try Vector.bytes(Self.directory + "/LIST.md")
        #expect(String(decoding: text, as: UTF8.self) == VectorStore.list)
    }
}
