// swift-tools-version: 6.3
import PackageDescription

let package = Package(
    name: "train-iris",
    dependencies: [.package(name: "joulebook", path: "../..")],
    targets: [
        .executableTarget(
            name: "TrainIris",
            dependencies: [.product(name: "Joulebook", package: "joulebook")],
            resources: [.embedInCode("iris.csv")],
            swiftSettings: [.swiftLanguageMode(.v6)]
        )
    ]
)
