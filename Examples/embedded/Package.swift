// swift-tools-version: 6.2
import PackageDescription

// A package of its own, as a server's or an app's would be: it depends on HourglassCore alone, which needs no library
// but the system's own.
let package = Package(
  name: "embedded",
  platforms: [.macOS(.v15)],
  dependencies: [.package(name: "hourglass", path: "../..")],
  targets: [
    .executableTarget(
      name: "embedded", dependencies: [.product(name: "HourglassCore", package: "hourglass")])
  ],
  swiftLanguageModes: [.v6]
)
