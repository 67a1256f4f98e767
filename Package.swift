// swift-tools-version: 6.2
import PackageDescription

/// Small programs that use the library as anyone would; script/test compares what they print.
let examples: [Target] = ["denoise", "encode"].map { name in
  .executableTarget(
    name: "example-\(name)", dependencies: ["Hourglass"], path: "Examples/\(name)", exclude: ["expected.txt"])
}

/// Recipes that ship with the program.
let recipes = [
  "fashion-denoise", "mnist-conv", "cifar-deblur", "undercomplete", "sparse-l1", "sparse-kl", "contractive",
  "denoising", "vae", "vae-fashion", "linear-pca", "stacked", "fashion-codes", "fashion-plane",
  "image-compression", "image-search", "photo-denoise",
]

let package = Package(
  name: "hourglass",
  platforms: [.macOS(.v15)],
  products: [
    .library(name: "Hourglass", targets: ["Hourglass"]),
    .executable(name: "hourglass", targets: ["HourglassCLI"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
  ],
  targets: [
    .target(name: "CLaneKernels", cSettings: [.headerSearchPath(".")]),
    .target(name: "HourglassGraph"),
    .target(name: "CHNSW"),
    .target(name: "HourglassEngine", dependencies: ["CLaneKernels", "CHNSW", "HourglassGraph"]),
    .target(name: "HourglassNN", dependencies: ["HourglassGraph", "HourglassEngine"]),
    .systemLibrary(
      name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"]), .brew(["zlib"])]),
    .systemLibrary(
      name: "CCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
    .systemLibrary(
      name: "CPng", pkgConfig: "libpng", providers: [.apt(["libpng-dev"]), .brew(["libpng"])]),
    .systemLibrary(
      name: "CJpeg", pkgConfig: "libjpeg", providers: [.apt(["libjpeg-dev"]), .brew(["jpeg-turbo"])]),
    .target(name: "CJpegCodec", dependencies: ["CJpeg"]),
    .systemLibrary(
      name: "CWebP", pkgConfig: "libwebp", providers: [.apt(["libwebp-dev"]), .brew(["webp"])]),
    .target(
      name: "HourglassData",
      dependencies: [
        "HourglassGraph", "HourglassEngine", "CZlib", "CPng", "CJpegCodec", "CWebP",
        .target(name: "CCrypto", condition: .when(platforms: [.linux])),
      ]),
    .target(
      name: "Hourglass",
      dependencies: [
        "HourglassGraph", "HourglassEngine", "HourglassNN", "HourglassData",
        .product(name: "Yams", package: "Yams"),
      ],
      resources: recipes.map { .embedInCode("Recipes/Shipped/\($0).yaml") } + [
        .embedInCode("Projection/Page/map.css"),
        .embedInCode("Projection/Page/map.js"),
      ]),
    .executableTarget(
      name: "HourglassCLI",
      dependencies: [
        "Hourglass", "HourglassData",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),
    .testTarget(name: "HourglassGraphTests", dependencies: ["HourglassGraph"]),
    .target(name: "CAllocationCounter", path: "Tests/Support/CAllocationCounter"),
    .testTarget(
      name: "HourglassEngineTests",
      dependencies: ["HourglassEngine", "CLaneKernels", "CAllocationCounter"]),
    .testTarget(
      name: "HourglassNNTests", dependencies: ["HourglassNN"], exclude: ["Layers/reference.py"]),
    .testTarget(
      name: "HourglassDataTests", dependencies: ["HourglassData"], exclude: ["Pictures/reference.py"]),
    .testTarget(name: "HourglassTests", dependencies: ["Hourglass"]),
    .testTarget(
      name: "HourglassCLITests", dependencies: ["HourglassCLI", "Hourglass"],
      exclude: ["RecipeDigests/digests.txt"]),
  ] + examples,
  swiftLanguageModes: [.v6],
  cxxLanguageStandard: .cxx17
)
