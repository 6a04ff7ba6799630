import ArgumentParser
import Glibc
import JouleQuantities

/// What a chart can be written as.
enum PictureFormat: String, CaseIterable, ExpressibleByArgument {
    case svg, png
    case vegaLite = "vega-lite"

    /// As the end of its name says.
    init(ofFile name: String) throws(CommandFailure) {
        let end = name.split(separator: ".").last.map { $0.lowercased() } ?? ""
        switch end {
        case "svg": self = .svg
        case "png": self = .png
        case "json": self = .vegaLite
        default: throw .usage("-o \(name) ends in none of .svg, .png and .json; give --format")
        }
    }
}

/// A chart as a file.
enum Picture {
    /// Draws `spec`, or writes it as it is.
    static func write(_ spec: JSON, as format: PictureFormat, to path: String)
        throws(CommandFailure)
    {
        let bytes = format == .vegaLite ? spec.bytes + [0x0A] : try drawn(spec, as: format)
        let file = try OutputFile(path)
        try file.write(bytes)
        try file.finish()
    }

    /// Takes the specification from standard input, and gives the picture.
    ///
    /// Modules of the directory in which somebody happens to be are none of ours.
    private static let program = """
        import sys
        sys.path = [path for path in sys.path if path]
        try:
            import vl_convert
        except ImportError:
            sys.exit(3)
        spec = sys.stdin.read()
        if sys.argv[1] == "svg":
            picture = vl_convert.vegalite_to_svg(spec).encode()
        else:
            picture = vl_convert.vegalite_to_png(spec, scale=2)
        sys.stdout.buffer.write(picture)
        """

    private static let bytesMax = 1 << 28

    private static func drawn(_ spec: JSON, as format: PictureFormat) throws(CommandFailure)
        -> [UInt8]
    {
        let python = environment("JOULEBOOK_PYTHON") ?? "python3"
        let (source, answer) = (try scratch(), try scratch())
        defer {
            close(source)
            close(answer)
        }
        try fill(source, with: spec.bytes)
        let status = start([python, "-c", program, format.rawValue], from: source, to: answer)
        switch status {
        case 0: return try content(of: answer)
        case 3, 127:
            throw .inputOutput(
                "nothing here draws \(format.rawValue): \(python) lacks the package"
                    + " vl-convert-python; 'pip install vl-convert-python', or --format vega-lite"
            )
        default:
            throw .inputOutput(
                "\(python) could not draw the chart (status \(status)); try vega-lite"
            )
        }
    }

    /// A file without a name.
    private static func scratch() throws(CommandFailure) -> Int32 {
        let folder = environment("TMPDIR") ?? "/tmp"
        var name = Array("\(folder)/joulebook-chart.XXXXXX".utf8CString)
        // SAFETY: the name is terminated, and changed in place.
        let descriptor = unsafe name.withUnsafeMutableBufferPointer { name in
            let descriptor = unsafe name.baseAddress.map { unsafe mkstemp($0) } ?? -1
            if descriptor >= 0, let path = name.baseAddress { unsafe unlink(path) }
            return descriptor
        }
        guard descriptor >= 0 else {
            throw .inputOutput("\(folder): \(systemMessage(errno)); TMPDIR names another place")
        }
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        return descriptor
    }

    private static func fill(_ descriptor: Int32, with bytes: [UInt8]) throws(CommandFailure) {
        // SAFETY: the bytes are valid for the length of the call.
        let written = unsafe bytes.withUnsafeBytes {
            unsafe Glibc.write(descriptor, $0.baseAddress, $0.count)
        }
        guard written == bytes.count, lseek(descriptor, 0, SEEK_SET) == 0 else {
            throw .inputOutput("cannot write the chart: \(systemMessage(errno)); free memory")
        }
    }

    private static func content(of descriptor: Int32) throws(CommandFailure) -> [UInt8] {
        let size = lseek(descriptor, 0, SEEK_END)
        guard size > 0, size <= bytesMax else {
            throw .inputOutput("what draws charts gave no picture; try --format vega-lite")
        }
        var bytes = [UInt8](repeating: 0, count: Int(size))
        // SAFETY: pread fills at most the bytes that it is given.
        let count = unsafe bytes.withUnsafeMutableBytes {
            unsafe pread(descriptor, $0.baseAddress, $0.count, 0)
        }
        guard count == bytes.count else {
            throw .inputOutput("cannot read the picture: \(systemMessage(errno)); try again")
        }
        return bytes
    }

    /// Runs a program, and returns its status; 127 where there is none of that name.
    private static func start(_ arguments: [String], from source: Int32, to answer: Int32) -> Int32
    {
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { _ = unsafe posix_spawn_file_actions_destroy(&actions) }
        unsafe posix_spawn_file_actions_adddup2(&actions, source, STDIN_FILENO)
        unsafe posix_spawn_file_actions_adddup2(&actions, answer, STDOUT_FILENO)
        var pid: pid_t = 0
        // SAFETY: the list is terminated by nil and lives until the call returns.
        let error = unsafe withCStrings(arguments) { argv in
            unsafe posix_spawnp(&pid, arguments[0], &actions, nil, argv, environ)
        }
        guard error == 0 else { return 127 }
        var status: Int32 = 0
        while unsafe waitpid(pid, &status, 0) < 0 {
            guard errno == EINTR else { return 1 }
        }
        return status & 0x7F == 0 ? status >> 8 & 0xFF : 128
    }
}
