// swift-tools-version: 6.3
import PackageDescription

/// Every Swift target is built with the same, strictest settings.
let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
]

/// C is held to the same standard.
let strictC: [CSetting] = [
    .define("_GNU_SOURCE"),
    .treatAllWarnings(as: .error),
    .enableWarning("all"),
    .enableWarning("extra"),
]

let linking = "\(Context.packageDirectory)/Sources/JoulebookABI/Linking"

/// What other programs load: it shows its interface alone, and keeps together what a run uses of it.
let loaded: [LinkerSetting] = [
    .unsafeFlags(["-Xlinker", "--version-script=\(linking)/exports.map"]),
    .unsafeFlags(
        [
            "-use-ld=lld", "-L\(linking)",
            "-Xlinker", "--symbol-ordering-file=\(linking)/order.txt",
            "-Xlinker", "--no-warn-symbol-ordering",
            // Python's entry is in one of the two libraries only.
            "-Xlinker", "--undefined-version",
        ],
        .when(configuration: .release)
    ),
]

let package = Package(
    name: "joulebook",
    products: [
        .library(name: "Joulebook", targets: ["Joulebook"]),
        .executable(name: "joulebook", targets: ["joulebook-cli"]),
        // The privileged helper where the processors' counters are readable by root only.
        .executable(name: "joulebook-meterd", targets: ["joulebook-meterd"]),
        // Recomputes published cases of energy, carbon, water and cost.
        .executable(name: "worked-examples", targets: ["worked-examples"]),
        // The C library: `libJoulebookC.so`, header `joulebook.h`.
        .library(name: "JoulebookC", type: .dynamic, targets: ["JoulebookABI"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
    ],
    targets: [
        .target(name: "JouleQuantities", swiftSettings: strict),
        .target(name: "CJouleSystem", cSettings: strictC),
        .target(name: "JouleSystem", dependencies: ["CJouleSystem"], swiftSettings: strict),
        .systemLibrary(
            name: "CZstd",
            pkgConfig: "libzstd",
            providers: [.apt(["libzstd-dev"])]
        ),
        .target(name: "CSQLite", cSettings: strictC),
        .target(
            name: "JouleMeters",
            dependencies: ["JouleQuantities", "CJouleSystem", "JouleSystem"],
            swiftSettings: strict
        ),
        .target(
            name: "JouleSampler",
            dependencies: ["JouleQuantities", "JouleMeters", "CJouleSystem", "JouleSystem"],
            swiftSettings: strict
        ),
        .target(
            name: "JouleFormat",
            dependencies: [
                "JouleQuantities", "CJouleSystem", "JouleSystem", "CZstd",
                .product(name: "Crypto", package: "swift-crypto"),
            ],
            swiftSettings: strict
        ),
        .target(
            name: "JouleFile",
            dependencies: ["JouleQuantities", "CJouleSystem", "JouleSystem", "JouleFormat"],
            swiftSettings: strict
        ),
        .target(
            name: "JouleRedundancy",
            dependencies: [
                "CJouleSystem", "CSQLite", "JouleQuantities", "JouleSystem", "JouleFile",
            ],
            swiftSettings: strict
        ),
        .target(
            name: "JouleLifecycle",
            dependencies: ["JouleQuantities", "JouleSystem", "JouleFile"],
            swiftSettings: strict
        ),
        .target(
            name: "JouleExchange",
            dependencies: [
                "CSQLite", "JouleQuantities", "JouleMeters", "JouleFile", "JouleRedundancy",
                "JouleLifecycle",
            ],
            swiftSettings: strict
        ),
        .target(
            name: "Joulebook",
            dependencies: [
                "JouleQuantities", "CJouleSystem", "JouleSystem", "JouleMeters", "JouleSampler",
                "JouleFile", "JouleRedundancy",
            ],
            swiftSettings: strict
        ),
        // The page that `joulebook serve` and `report` show, with Vega where it was built.
        .target(name: "CJoulePage", exclude: ["Page"], cSettings: strictC),
        .target(
            name: "JoulebookCommand",
            dependencies: [
                "CJoulePage", "JouleQuantities", "CJouleSystem", "JouleSystem", "JouleMeters",
                "JouleSampler", "JouleFile", "Joulebook", "JouleRedundancy", "JouleLifecycle",
                "JouleExchange",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
            ],
            swiftSettings: strict
        ),
        .executableTarget(
            name: "joulebook-cli",
            dependencies: ["JoulebookCommand"],
            swiftSettings: strict
        ),
        .target(name: "CJouleMeterd", cSettings: strictC),
        .executableTarget(
            name: "joulebook-meterd",
            dependencies: [
                "CJouleMeterd", "CJouleSystem", "JouleQuantities", "JouleMeters",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: strict
        ),
        .executableTarget(
            name: "worked-examples",
            dependencies: ["JouleQuantities", "JouleLifecycle"],
            swiftSettings: strict
        ),
        .target(name: "CJoulebook", cSettings: strictC),
        .target(
            name: "JoulebookABI",
            dependencies: [
                "CJoulebook", "JouleQuantities", "JouleSystem", "JouleFile", "Joulebook",
                "JouleRedundancy", "JouleLifecycle", "JouleExchange", "JoulebookCommand",
            ],
            exclude: ["Linking"],
            swiftSettings: strict,
            linkerSettings: loaded
        ),
        .executableTarget(
            name: "joule-kill-worker",
            dependencies: ["CJouleSystem", "JouleQuantities", "JouleFile"],
            path: "Tests/Hostile/KillWorker",
            swiftSettings: strict
        ),
        .executableTarget(
            name: "joule-fleet-rank",
            dependencies: ["Joulebook", "JouleQuantities"],
            path: "Tests/Fleet/Rank",
            swiftSettings: strict
        ),
        .target(
            name: "JouleFuzzSupport",
            dependencies: ["JouleTestSupport", "JouleQuantities", "JouleFormat", "JouleFile"],
            path: "Tests/Fuzz/Support",
            swiftSettings: strict
        ),
        .executableTarget(
            name: "joule-fuzz",
            dependencies: ["JouleFuzzSupport", "JouleTestSupport", "JouleQuantities", "JouleFile"],
            path: "Tests/Fuzz/Sources",
            swiftSettings: strict
        ),
        .target(
            name: "JouleConformance",
            dependencies: ["JouleTestSupport", "JouleQuantities", "JouleFormat", "JouleFile"],
            path: "Tests/Conformance/Library",
            swiftSettings: strict
        ),
        .executableTarget(
            name: "joule-vectors",
            dependencies: ["JouleConformance"],
            path: "Tests/Conformance/Command",
            swiftSettings: strict
        ),
        .executableTarget(
            name: "joule-format-bench",
            dependencies: ["JouleQuantities", "JouleFormat", "JouleFile"],
            path: "Benchmarks/Format",
            swiftSettings: strict
        ),
        .executableTarget(
            name: "joule-append-bench",
            dependencies: [
                "CJoulebook", "Joulebook", "JoulebookABI", "JouleQuantities", "JouleFile",
            ],
            path: "Benchmarks/Append",
            swiftSettings: strict
        ),
        .executableTarget(
            name: "joule-pack-bench",
            dependencies: ["JouleQuantities", "JouleFile"],
            path: "Benchmarks/Pack",
            swiftSettings: strict
        ),
        .executableTarget(
            name: "joule-catalog-bench",
            dependencies: ["JouleQuantities", "JouleFile", "JouleRedundancy"],
            path: "Benchmarks/Catalog",
            swiftSettings: strict
        ),
        .executableTarget(
            name: "joule-scale-bench",
            dependencies: ["Joulebook", "JouleQuantities", "JouleFile"],
            path: "Benchmarks/Scale",
            swiftSettings: strict
        ),
        .executableTarget(
            name: "joule-query-bench",
            dependencies: ["JouleFormat", "JouleFile"],
            path: "Benchmarks/Query",
            swiftSettings: strict
        ),
        .executableTarget(
            name: "joule-large-bench",
            dependencies: ["JouleFormat", "JouleFile"],
            path: "Benchmarks/Large",
            swiftSettings: strict
        ),
        .target(
            name: "JouleTestSupport",
            path: "Tests/Support",
            swiftSettings: strict
        ),
        .testTarget(
            name: "JouleQuantitiesTests",
            dependencies: ["JouleTestSupport", "JouleQuantities"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "JouleMetersTests",
            dependencies: ["JouleTestSupport", "JouleQuantities", "JouleMeters"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "JouleSamplerTests",
            dependencies: ["JouleTestSupport", "JouleQuantities", "JouleMeters", "JouleSampler"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "JouleFormatTests",
            dependencies: ["JouleTestSupport", "JouleQuantities", "JouleFormat"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "JouleFileTests",
            dependencies: [
                "JouleTestSupport", "JouleQuantities", "JouleSystem", "JouleFormat", "JouleFile",
                "joule-kill-worker",
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "JouleConformanceTests",
            dependencies: [
                "JouleTestSupport", "JouleQuantities", "JouleFormat", "JouleFile",
                "JouleConformance",
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "JouleRedundancyTests",
            dependencies: ["JouleTestSupport", "JouleQuantities", "JouleFile", "JouleRedundancy"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "JouleLifecycleTests",
            dependencies: [
                "JouleTestSupport", "JouleQuantities", "JouleFile", "JouleLifecycle",
                "worked-examples",
            ],
            exclude: ["Resources"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "JouleExchangeTests",
            dependencies: [
                "JouleTestSupport", "JouleQuantities", "JouleMeters", "JouleFormat", "JouleFile",
                "JouleExchange",
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "JoulebookTests",
            dependencies: [
                "JouleTestSupport", "JouleQuantities", "JouleSystem", "JouleMeters", "JouleSampler",
                "JouleFile", "JouleRedundancy", "Joulebook",
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "JoulebookABITests",
            dependencies: [
                "JouleTestSupport", "JouleQuantities", "JouleFile", "CJoulebook", "JoulebookABI",
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "JoulebookCommandTests",
            dependencies: [
                "JouleTestSupport", "JouleQuantities", "JouleFormat", "JouleFile", "JouleLifecycle",
                "JouleExchange", "JoulebookCommand",
                .product(name: "NIOHTTP1", package: "swift-nio"),
            ],
            swiftSettings: strict
        ),
    ]
)

// The CPython extension needs the interpreter's headers, so it is built only where they are named:
// `JOULEBOOK_PYTHON_INCLUDE=/usr/include/python3.11 swift build --product JoulebookPython`.
if let headers = Context.environment["JOULEBOOK_PYTHON_INCLUDE"] {
    package.products.append(
        .library(
            name: "JoulebookPython",
            type: .dynamic,
            targets: ["JoulebookPython", "JoulebookABI"]
        )
    )
    package.targets.append(
        .target(
            name: "JoulebookPython",
            dependencies: ["CJoulebook", "JoulebookABI"],
            cSettings: strictC + [.unsafeFlags(["-isystem", headers])]
        )
    )
}

// The coverage-guided fuzzer needs the toolchain's libFuzzer, so it is built only where its archive
// is named; `Tests/Fuzz/coverage` does so.
if let archive = Context.environment["JOULEBOOK_LIBFUZZER"] {
    package.targets += [
        .target(name: "CLibFuzzer", path: "Tests/Fuzz/CLibFuzzer", cSettings: strictC),
        .executableTarget(
            name: "joule-libfuzzer",
            dependencies: [
                "CLibFuzzer", "JouleFuzzSupport", "JouleTestSupport", "JouleQuantities",
                "JouleFormat", "JouleFile", "JouleExchange",
            ],
            path: "Tests/Fuzz/LibFuzzer",
            swiftSettings: strict,
            linkerSettings: [.unsafeFlags([archive]), .linkedLibrary("stdc++")]
        ),
    ]
}
