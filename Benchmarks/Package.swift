// swift-tools-version: 6.3
import PackageDescription

let package = Package(
    name: "joulebook-benchmarks",
    dependencies: [.package(name: "joulebook", path: "..")],
    targets: [
        .executableTarget(
            name: "joulebook-benchmarks",
            dependencies: [.product(name: "Joulebook", package: "joulebook")],
            swiftSettings: [
                .swiftLanguageMode(.v6),
                .strictMemorySafety(),
                .treatAllWarnings(as: .error),
                .enableUpcomingFeature("ExistentialAny"),
                .enableUpcomingFeature("MemberImportVisibility"),
                .enableUpcomingFeature("InternalImportsByDefault"),
            ]
        )
    ]
)
