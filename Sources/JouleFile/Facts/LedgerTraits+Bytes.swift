import JouleQuantities

extension LedgerTraits {
    func put(to out: inout FactsWriter) {
        out.put(fileID)
        out.put(root) { $0.put($1) }
        out.put(each: roots) { $0.put($1) }
        out.put(runs) { out, runs in
            out.put(count: runs.segments.lowerBound)
            out.put(count: runs.segments.count)
            out.put(each: runs.recorded) { $1.put(to: &$0) }
        }
        out.put(count: origins)
        out.put(isWhole)
        out.put(size)
    }

    init(_ read: inout FactsReader) throws(FactsError) {
        fileID = try read.text()
        root = try read.optional { read throws(FactsError) in try read.text() }
        roots = Set(try read.list { read throws(FactsError) in try read.text() })
        runs = try read.optional { read throws(FactsError) in
            let (first, count) = (try read.word(), try read.word())
            guard first <= UInt32.max, count <= UInt32.max else { throw .damaged }
            let recorded = try read.list(Recording.init)
            return Runs(segments: Int(first)..<Int(first + count), recorded: Set(recorded))
        }
        origins = Int(clamping: try read.word())
        isWhole = try read.bool()
        size = try read.word()
    }
}

extension LedgerTraits.Recording {
    fileprivate func put(to out: inout FactsWriter) {
        out.put(run.description)
        out.put(rank) { $0.put(Int64($1)) }
        process.put(to: &out)
        out.put(started.unixNanoseconds)
    }

    fileprivate init(_ read: inout FactsReader) throws(FactsError) {
        run = try read.runID()
        rank = try read.optional { read throws(FactsError) in
            Int(truncatingIfNeeded: try read.integer())
        }
        process = try ProcessIdentity(&read)
        started = WallTime(unixNanoseconds: try read.integer())
    }
}

extension ProcessIdentity {
    package func put(to out: inout FactsWriter) {
        out.put(recurring: host)
        out.put(recurring: bootID)
        out.put(Int64(pid))
        out.put(startTicks) { $0.put($1) }
    }

    package init(_ read: inout FactsReader) throws(FactsError) {
        self.init(
            host: try read.recurringText(),
            bootID: try read.optionalText(),
            pid: Int32(truncatingIfNeeded: try read.integer()),
            startTicks: try read.optional { read throws(FactsError) in try read.word() }
        )
    }
}
