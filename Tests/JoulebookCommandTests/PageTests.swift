import Glibc
import JouleFormat
import JouleLifecycle
import JouleQuantities
import JouleTestSupport
import NIOHTTP1
import Testing

@testable import JouleFile
@testable import JoulebookCommand

@Suite("Who is told what the page shows")
struct RequestGuardTests {
    private func verdict(
        _ headers: [(String, String)],
        path: Substring = "/api/runs",
        token: AccessToken? = nil,
        host: String = "127.0.0.1",
        query: [String: String] = [:]
    ) -> RequestGuard.Verdict {
        let head = HTTPRequestHead(
            version: .http1_1,
            method: .GET,
            uri: String(path),
            headers: HTTPHeaders(headers)
        )
        return RequestGuard(hosts: [host], port: 80, token: token).judge(head, path: path, query)
    }

    @Test("At port 80 a host may be named without it", arguments: ["localhost", "localhost:80"])
    func usualPort(name: String) {
        #expect(verdict([("Host", name)]) == .welcome)
    }

    @Test("The address that was asked for is a name of the server")
    func otherHost() {
        #expect(verdict([("Host", "10.0.0.7")], host: "10.0.0.7") == .welcome)
        #expect(verdict([("Host", "10.0.0.8")], host: "10.0.0.7") != .welcome)
        #expect(verdict([("Host", "[fe80::1]")], host: "fe80::1") == .welcome)
        #expect(verdict([("Host", "10.0.0.7")], host: "::ffff:10.0.0.7") == .welcome)
    }

    @Test("A token is equal to itself alone")
    func token() throws {
        let token = try #require(AccessToken("0123456789abcdef"))
        #expect(token.isEqual(to: "0123456789abcdef"))
        for other in ["", "0", "0123456789abcde", "0123456789abcdef0", "0123456789abcdeF"] {
            #expect(!token.isEqual(to: other))
        }
        let given = ["token": token.text]
        let host = [("Host", "localhost")]
        #expect(
            verdict(host, path: "/", token: token, query: given) == .welcomeWithToken(token.text)
        )
        #expect(verdict(host, token: token, query: given) != .welcome)
    }

    @Test("Random tokens differ, and are tokens")
    func random() {
        let tokens = (0..<100).map { _ in AccessToken().text }
        #expect(Set(tokens).count == 100)
        #expect(tokens.allSatisfy { AccessToken($0) != nil })
    }
}

@Suite("What the page asks")
struct PageQuestionTests {
    private func question(_ path: Substring, _ query: Substring = "") -> PageQuestion? {
        PageQuestion(path: path, query: query)
    }

    @Test("An id is what its encoding stands for, whatever is in it")
    func ids() throws {
        let id = try #require(RunID("a,b/c%é"))
        let name = id.description.asURIComponent
        #expect(name == "a%2Cb%2Fc%25%C3%A9")
        #expect(question("run/\(name)") == .run(id))
        #expect(question("compare/\(name),x") == .compare([id, try #require(RunID("x"))]))
    }

    @Test(
        "What means nothing is no question",
        arguments: ["", "run", "run/", "run/%", "run/%4", "run/%+1", "run/%ff", "version/", "x"]
    )
    func none(path: String) {
        #expect(question(path[...]) == nil)
    }

    @Test("So many points are given as can be looked at")
    func points() throws {
        #expect(try #require(TelemetryWindow(["points": "1"])).points == 10)
        #expect(try #require(TelemetryWindow(["points": "999999999"])).points == 4000)
        #expect(TelemetryWindow(["from": "inf"]) == nil)
        #expect(TelemetryWindow(["to": ""]) == nil)
    }
}

@Suite("A run's readings, thinned out")
struct PowerCoursesTests {
    private static let start: Int64 = 1_772_447_700
    private static let rows = 4096
    private static let blocks = 3

    /// Two meters read in turn, ten times a second each: 100 W, but for one reading of each kind.
    private func write(_ path: String, spike: Int, dip: Int) throws {
        var appender = try LedgerAppender(creating: path, header: FileHeader(createdNS: 1))
        let end = Self.start + Int64(Self.rows * Self.blocks / 20)
        let meters = ["gpu:0", "gpu:1"].map {
            """
            {"device":"\($0)","source":"nvml","provenance":"integrated_power","boundary":"device"}
            """
        }
        let document = """
            {"run":0,"set":{"run_id":"r","status":"finished","started":\(Self.start),"ended":\(end),\
            "meters":[\(meters.joined(separator: ","))]}}
            """
        try appender.append(meta: [Array(document.utf8)])
        for block in 0..<Self.blocks {
            var columns = [[UInt64]](repeating: [], count: 5)
            for row in block * Self.rows..<(block + 1) * Self.rows {
                let power = row == spike ? 900.0 : row == dip ? 1.0 : 100.0
                columns[0].append(0)
                columns[1].append(UInt64(row % 2))
                columns[2].append(UInt64(Self.start * 1_000_000_000 + Int64(row / 2) * 100_000_000))
                columns[3].append((Double(row) * 10).bitPattern)
                columns[4].append(power.bitPattern)
            }
            var values: [UInt16: ColumnValues] = [:]
            for (number, words) in columns.enumerated() {
                values[UInt16(number)] = ColumnValues(words: words)
            }
            try appender.append(columns: values, rows: Self.rows, table: TableID.telemetry)
        }
        try appender.close()
    }

    @Test(
        "The least and the greatest reading are kept at any number of points",
        arguments: [10, 64]
    )
    func extremes(points: Int) throws {
        let directory = TemporaryDirectory()
        let path = directory.path + "/a.joule"
        try write(path, spike: 5000, dip: 9001)
        var store = LedgerStore(directory.path)
        store.refresh { _, _ in }
        let id = try #require(RunID("r"))
        let window = TelemetryWindow(points: points)
        let courses = try #require(PowerCourses(of: id, window, in: store.view))
        #expect(courses.readings == Self.rows * Self.blocks)
        #expect(courses.devices.map(\.name) == ["gpu:0", "gpu:1"])
        #expect(courses.devices[0].high.max() == 900 && courses.devices[0].low.min() == 100)
        #expect(courses.devices[1].high.max() == 100 && courses.devices[1].low.min() == 1)
        let stretch = try #require(courses.devices[0].high.firstIndex(of: 900))
        let width = (courses.to - courses.from) / Double(points)
        #expect(abs(courses.seconds(of: stretch) - 250) <= width / 2)
        for device in courses.devices {
            #expect(device.count.reduce(0, +) == Self.rows * Self.blocks / 2)
        }
    }

    @Test("A window holds the readings within it alone")
    func window() throws {
        let directory = TemporaryDirectory()
        try write(directory.path + "/a.joule", spike: 5000, dip: 9001)
        var store = LedgerStore(directory.path)
        store.refresh { _, _ in }
        let (from, to) = (Self.start + 100, Self.start + 200)
        let window = try #require(
            TelemetryWindow(["points": "20", "from": "\(from)", "to": "\(to)"])
        )
        let id = try #require(RunID("r"))
        let courses = try #require(PowerCourses(of: id, window, in: store.view))
        #expect(courses.devices[0].high.max() == 100)
        #expect(courses.devices[0].count.reduce(0, +) == 1001)
    }
}

@Suite("The runs of a directory, as they change")
struct LedgerStoreTests {
    private func write(_ path: String, _ name: String) throws {
        var appender = try LedgerAppender(
            creating: path,
            header: FileHeader(createdNS: 1)
        )
        let document = #"{"run":0,"set":{"run_id":"\#(name)","status":"finished"}}"#
        try appender.append(meta: [Array(document.utf8)])
        try appender.close()
    }

    @Test("What comes is there, what goes is gone, and only then is the version another")
    func changes() throws {
        let directory = TemporaryDirectory()
        var store = LedgerStore(directory.path)
        func ids() -> [String] {
            store.refresh { _, _ in }
            return store.view.rows.map(\.id.description)
        }
        #expect(ids().isEmpty)
        try write(directory.path + "/a.joule", "aaaa")
        #expect(ids() == ["aaaa"])
        let version = store.view.version
        #expect(ids() == ["aaaa"] && store.view.version == version)
        try write(directory.path + "/b.joule", "bbbb")
        #expect(ids() == ["aaaa", "bbbb"] && store.view.version > version)
        #expect(unsafe unlink(directory.path + "/a.joule") == 0)
        #expect(ids() == ["bbbb"])
    }
}
