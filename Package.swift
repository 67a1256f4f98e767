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
    .target(
      name: "HourglassGraph", path: "Sources",
      sources: [
        "HourglassBase/HourglassError.swift", "HourglassBase/NearestName.swift",
        "HourglassBase/Shape.swift", "HourglassGraph",
      ]),
    .target(name: "CHNSW"),
    .target(
      name: "HourglassEngine", dependencies: ["CLaneKernels", "CHNSW", "HourglassGraph"], path: "Sources",
      sources: [
        "HourglassBase/RandomNumbers.swift", "HourglassBase/Samples", "HourglassEngine/Execution",
        "HourglassEngine/Lanes", "HourglassEngine/Lowering", "HourglassEngine/Reference",
        "HourglassEngine/Vectors/Affinities.swift", "HourglassEngine/Vectors/FourierPlan.swift",
        "HourglassEngine/Vectors/InteractionGrid.swift", "HourglassEngine/Vectors/LinearProducts.swift",
        "HourglassEngine/Vectors/NeighbourSearch.swift", "HourglassEngine/Vectors/ParallelTasks.swift",
        "HourglassEngine/Vectors/Placement.swift", "HourglassEngine/Vectors/PlaneEmbedding.swift",
        "HourglassEngine/Vectors/PointMatrix.swift", "HourglassSearch/NeighbourGraph.swift",
      ]),
    .target(
      name: "HourglassNN", dependencies: ["HourglassGraph", "HourglassEngine"], path: "Sources",
      sources: [
        "HourglassBase/Settings", "HourglassNN",
      ]),
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
      ], path: "Sources",
      sources: [
        "HourglassData/Arrays", "HourglassData/Compressed", "HourglassData/DataSets",
        "HourglassData/Download", "HourglassData/Readers", "HourglassData/Tables",
        "HourglassDrawing/Charts", "HourglassDrawing/Pages/DataLink.swift",
        "HourglassDrawing/Sheets/BitmapFont.swift", "HourglassDrawing/Sheets/ContactSheet.swift",
        "HourglassFiles/AtomicFile.swift", "HourglassFiles/BoundedFile.swift",
        "HourglassFiles/ByteSource.swift", "HourglassFiles/Concurrency.swift",
        "HourglassFiles/Digest.swift", "HourglassFiles/JSON/JSONParser.swift",
        "HourglassFiles/JSON/JSONValue.swift", "HourglassFiles/JSON/JSONWriter.swift",
        "HourglassFiles/ReadableFile.swift", "HourglassFiles/SafeTensors",
        "HourglassFiles/SystemFailure.swift", "HourglassPictures",
      ]),
    .target(
      name: "Hourglass",
      dependencies: [
        "HourglassGraph", "HourglassEngine", "HourglassNN", "HourglassData",
        .product(name: "Yams", package: "Yams"),
      ],
      path: "Sources",
      sources: [
        "Hourglass/Exports.swift", "HourglassBase/Version.swift", "HourglassCompression", "HourglassData/Description",
        "HourglassDenoising", "HourglassDetection", "HourglassDrawing/Pages/Machine.swift",
        "HourglassDrawing/Pages/ReportPage.swift", "HourglassDrawing/Pages/ReportStyle.swift",
        "HourglassDrawing/Pages/ReportText.swift", "HourglassDrawing/Sheets/ImageSheets.swift",
        "HourglassDrawing/Sheets/Thumbnails.swift", "HourglassEngine/Vectors/DistanceMetric.swift",
        "HourglassEngine/Vectors/ExactSearch.swift", "HourglassEngine/Vectors/NearestNeighbours.swift",
        "HourglassEngine/Vectors/PrincipalComponents.swift",
        "HourglassEngine/Vectors/SubspaceIteration.swift",
        "HourglassEngine/Vectors/SymmetricEigenproblem.swift",
        "HourglassFiles/JSON/SettingValue+JSON.swift", "HourglassLearning", "HourglassModels",
        "HourglassProjection/CodeTable.swift", "HourglassProjection/MapPage.swift",
        "HourglassProjection/MapQuality.swift", "HourglassProjection/ProjectionMap+Placed.swift",
        "HourglassProjection/ProjectionMap.swift", "HourglassProjection/TSNE.swift", "HourglassReports",
        "HourglassRuns/Runs", "HourglassRuns/Recipes/Recipe.swift",
        "HourglassRuns/Recipes/RecipeCatalogue.swift", "HourglassRuns/Recipes/YAML.swift",
        "HourglassSearch/ApproximateSearch.swift", "HourglassSearch/RetrievalPrecision.swift",
        "HourglassSearch/SearchIndex+File.swift", "HourglassSearch/SearchIndex+Search.swift",
        "HourglassSearch/SearchIndex.swift", "HourglassSearch/SearchPage.swift",
        "HourglassSearch/SearchSheet.swift",
      ],
      resources: recipes.map { .embedInCode("HourglassRuns/Recipes/Shipped/\($0).yaml") } + [
        .embedInCode("HourglassProjection/Page/map.css"),
        .embedInCode("HourglassProjection/Page/map.js"),
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
