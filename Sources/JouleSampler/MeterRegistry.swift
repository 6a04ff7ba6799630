import JouleMeters
import JouleSystem

/// Numbers the meters of a sampler in the order in which they are found.
///
/// Drivers find theirs on threads of their own, later than those of the kernel.
final class MeterRegistry: Sendable {
    private let count: Lock<Int>
    private let discovered: (@Sendable (FoundMeters) -> Void)?

    /// `discovered` is called with what each driver found, one at a time, in the order of the numbers.
    init(numbered count: Int, discovered: (@Sendable (FoundMeters) -> Void)?) {
        self.count = Lock(count)
        self.discovered = discovered
    }

    /// Numbers what was found and tells of it before anything is measured with it.
    func add(_ found: FoundMeters) -> Range<Int> {
        count.withLock { count in
            let numbers = count..<count + found.meters.count
            count = numbers.upperBound
            discovered?(found)
            return numbers
        }
    }
}

/// Libraries that a thread of this process is lost in.
///
/// No second thread is given to one of them while its call has not returned.
enum HungLibraries {
    /// One for each of the threads.
    private static let libraries = Lock<[MeterLibrary]>([])

    static func contains(_ library: MeterLibrary) -> Bool {
        libraries.withLock { $0.contains(library) }
    }

    static func insert(_ library: MeterLibrary) {
        libraries.withLock { $0.append(library) }
    }

    static func remove(_ library: MeterLibrary) {
        libraries.withLock { libraries in
            if let place = libraries.firstIndex(of: library) { libraries.remove(at: place) }
        }
    }
}
