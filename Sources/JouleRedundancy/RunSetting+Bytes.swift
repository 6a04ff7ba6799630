import JouleFile
import JouleQuantities

extension RunSetting.Facts {
    func put(to out: inout FactsWriter) {
        out.put(recurring: project)
        out.put(recurring: entry)
        out.put(recurring: commit)
        out.put(isDirty)
        out.put(recurring: tree)
        out.put(recurring: closure)
        out.put(recurring: dataName)
        out.put(recurring: fingerprint)
        out.put(each: frameworks) { out, framework in
            out.put(recurring: framework.name)
            out.put(recurring: framework.value.string)
        }
        out.put(stage) { $0.put(word: $1) }
        out.put(worldSize) { $0.put(Int64($1)) }
        out.put(each: parents) { out, parent in
            out.put(parent.id.description)
            out.put(recurring: parent.relation)
        }
        out.put(arguments) { $0.put($1.text()) }
    }

    init(_ read: inout FactsReader) throws(FactsError) {
        project = try read.optionalText()
        entry = try read.optionalText()
        commit = try read.optionalText()
        isDirty = try read.bool()
        tree = try read.optionalText()
        closure = try read.optionalText()
        dataName = try read.optionalText()
        fingerprint = try read.optionalText()
        frameworks = try read.list { read throws(FactsError) in
            let name = try read.recurringText()
            return .init(name: name, value: try read.optionalText().map(JSON.string) ?? .null)
        }
        stage = try read.optional { read throws(FactsError) in try read.word(Stage.self) }
        worldSize = try read.optional { read throws(FactsError) in Int(try read.integer()) }
        parents = try read.list { read throws(FactsError) in
            Parent(id: try read.runID(), relation: try read.recurringText())
        }
        arguments = try read.optional { read throws(FactsError) in
            guard let json = try? JSON(parsing: try read.text()) else { throw .damaged }
            return json
        }
    }
}
