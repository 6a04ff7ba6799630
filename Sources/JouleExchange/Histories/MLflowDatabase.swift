import JouleFile
import JouleQuantities

/// MLflow's store in a database of SQLite.
enum MLflowDatabase {
    static func read(_ path: String, _ work: HistoryWork) throws(ExchangeError) -> [RunRecord] {
        var work = work
        let database = try SQLiteReader(opening: path)
        try database.requireTables(["experiments", "runs", "params", "tags", "metrics"])
        for (table, columns) in [
            ("experiments", ["experiment_id", "name"]), ("runs", ["run_uuid", "name", "user_id"]),
            ("params", ["run_uuid", "key", "value"]), ("tags", ["run_uuid", "key", "value"]),
            ("metrics", ["run_uuid", "key"]),
        ] {
            try database.requireTexts(columns, of: table)
        }
        let facts = try facts(database, path)
        var runs: [String: MLflowRun] = [:]
        for fact in facts { runs[fact.id] = MLflowRun() }
        for part in ["params", "tags"] {
            let query = "SELECT run_uuid, key, value FROM \(part) ORDER BY run_uuid, key"
            try database.rows(query) { (row) throws(ExchangeError) in
                guard let id = row.text(0), let name = row.text(1), let value = row.text(2)
                else { return }
                let refusal =
                    part == "params"
                    ? runs[id]?.add(param: name, value) : runs[id]?.add(tag: name, value)
                if let refusal = refusal ?? nil {
                    throw .unreadable(path: path, reason: "run \(id): \(refusal)")
                }
            }
        }
        let query = """
            SELECT run_uuid, key, value, timestamp, step, is_nan FROM metrics
            ORDER BY run_uuid, timestamp, step, rowid
            """
        try database.rows(query) { (row) throws(ExchangeError) in
            guard let id = row.text(0), runs[id] != nil else { return }
            let name = row.text(1) ?? ""
            guard let value = row.double(2), let time = row.integer(3), let step = row.integer(4)
            else {
                let reason = "run \(id): metric \(name): its value, timestamp or step is no number"
                throw .unreadable(path: path, reason: reason)
            }
            let number = row.integer(5) == 1 ? Double.nan : value
            let refusal = runs[id]?.add(name, number, step: step, milliseconds: time) ?? nil
            if let refusal { throw .unreadable(path: path, reason: "run \(id): \(refusal)") }
            work.add(UInt64(32 + name.utf8.count))
        }
        var records: [RunRecord] = []
        for fact in facts {
            guard let record = runs.removeValue(forKey: fact.id)?.record(fact) else {
                throw .unreadable(path: path, reason: "a run_uuid that is none of a run, or twice")
            }
            records.append(record)
        }
        guard !records.isEmpty else { throw .unreadable(path: path, reason: "holds no runs") }
        try database.requireRest()
        return records
    }

    private static func facts(_ database: borrowing SQLiteReader, _ path: String)
        throws(ExchangeError) -> [MLflowRun.Facts]
    {
        var experiments: [String: String] = [:]
        try database.rows("SELECT experiment_id, name FROM experiments") {
            (row) throws(ExchangeError) in
            if let id = row.text(0) { experiments[id] = row.text(1) }
        }
        var facts: [MLflowRun.Facts] = []
        let query = """
            SELECT run_uuid, name, status, start_time, end_time, user_id, experiment_id
            FROM runs WHERE lifecycle_stage IS NOT 'deleted' ORDER BY start_time, run_uuid
            """
        try database.rows(query) { (row) throws(ExchangeError) in
            var fact = MLflowRun.Facts(id: row.text(0) ?? "")
            fact.name = row.text(1)
            fact.status = row.text(2).flatMap { MLflowRun.Facts.status($0) }
            fact.started = row.integer(3)
            fact.ended = row.integer(4)
            fact.user = row.text(5)
            fact.experiment = row.text(6).flatMap { experiments[$0] }
            facts.append(fact)
        }
        return facts
    }
}
