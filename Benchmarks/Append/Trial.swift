import Glibc

/// What rows of one kind cost the thread that logs them.
struct Trial {
    /// Of each burst that was timed as a whole, nanoseconds a row.
    private var means: [Double] = []
    /// Of rows timed one by one, in nanoseconds.
    private var singles: [Int64] = []
    /// Of the first row behind each pause, which finds cold caches.
    private var firsts: [Int64] = []
    /// What telling the time costs.
    private var clock: [Int64] = []
    private var rows: Int64 = 0
    private var lost = 0
    private var faults = Usage.faults
    private var written = Usage.writtenBytes

    private static let rowsPerBurst = 5000

    /// Bursts of 5,000 rows with pauses of 50 ms between them, as no training logs faster than its
    /// ring drains for long; every other burst is timed row by row.
    init(bursts: Int, append: (Int64) -> Bool) {
        for burst in 0..<bursts {
            let begin = nanoseconds()
            for row in 0..<Self.rowsPerBurst {
                if burst % 2 == 1 {
                    logTimed(isFirst: row == 0, append)
                } else {
                    log(append)
                }
            }
            if burst % 2 == 0 {
                means.append(Double(nanoseconds() - begin) / Double(Self.rowsPerBurst))
            }
            usleep(50_000)
        }
        end()
    }

    /// One row a millisecond: each finds caches that others have used since.
    init(paced rows: Int, append: (Int64) -> Bool) {
        for _ in 0..<rows {
            usleep(1000)
            logTimed(isFirst: false, append)
        }
        end()
        means = singles.map { Double($0 - overhead) }
    }

    private mutating func log(_ append: (Int64) -> Bool) {
        if !append(rows) { lost += 1 }
        rows += 1
    }

    private mutating func logTimed(isFirst: Bool, _ append: (Int64) -> Bool) {
        let start = nanoseconds()
        log(append)
        let end = nanoseconds()
        if isFirst { firsts.append(end - start) } else { singles.append(end - start) }
        clock.append(nanoseconds() - end)
    }

    private mutating func end() {
        faults = Usage.faults - faults
        written = Usage.writtenBytes - written
        means.sort()
        singles.sort()
        firsts.sort()
        clock.sort()
    }

    private var overhead: Int64 { clock[clock.count / 2] }

    private func tail(_ share: Double) -> Int64 {
        singles[Int(share * Double(singles.count - 1))] - overhead
    }

    static func header(isMapped: Bool) -> String {
        """
        | \(isMapped ? "mapped ring" : "ring in memory") | median | p99 | p99.9 \
        | first after a pause | page faults | bytes to disk a row | lost |
        |---|---|---|---|---|---|---|---|
        """
    }

    func line(_ name: String) -> String {
        let median = (means[means.count / 2] * 10).rounded() / 10
        let first = firsts.isEmpty ? "" : "\(firsts[firsts.count / 2] - overhead) ns"
        return "| \(name) | \(median) ns | \(tail(0.99)) ns | \(tail(0.999)) ns | \(first) "
            + "| \(faults) | \(written / Int(rows)) | \(lost) of \(rows) |"
    }
}

/// What the kernel counts.
enum Usage {
    /// Page faults of the calling thread.
    static var faults: Int {
        var usage = rusage()
        unsafe getrusage(1, &usage)
        return usage.ru_minflt + usage.ru_majflt
    }

    /// Bytes of pages that this process made the kernel write to disk, sooner or later.
    static var writtenBytes: Int {
        guard let file = unsafe fopen("/proc/self/io", "r") else { return 0 }
        defer { unsafe fclose(file) }
        var text = [CChar](repeating: 0, count: 512)
        let size = unsafe fread(&text, 1, text.count - 1, file)
        let lines = String(decoding: text.prefix(size).map { UInt8(bitPattern: $0) }, as: UTF8.self)
            .split(separator: "\n")
        let line = lines.first { $0.hasPrefix("write_bytes: ") }
        return line.flatMap { Int($0.dropFirst("write_bytes: ".count)) } ?? 0
    }
}

/// CLOCK_MONOTONIC.
func nanoseconds() -> Int64 {
    var now = timespec()
    unsafe clock_gettime(CLOCK_MONOTONIC, &now)
    return Int64(now.tv_sec) * 1_000_000_000 + Int64(now.tv_nsec)
}
