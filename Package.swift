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
  "image-compression", "image-search", "photo-denoise", "photo-deblur",
  "machine-sound", "sound-denoise",
]

// The floors of the house, from the ground up: a target imports those above it in this list only.

/// What it takes to build, train, save and use a model in memory: no library but the system's own.
let core: [Target] = [
  .target(name: "CLaneKernels", cSettings: [.headerSearchPath(".")]),
  .systemLibrary(name: "CCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
  .target(name: "HourglassPlatform"),
  .target(name: "HourglassBase", dependencies: ["HourglassPlatform"]),
  .target(name: "HourglassGraph", dependencies: ["HourglassPlatform", "HourglassBase"]),
  .target(
    name: "HourglassEngine",
    dependencies: ["CLaneKernels", "HourglassPlatform", "HourglassBase", "HourglassGraph"]
  ),
  .target(
    name: "HourglassNN",
    dependencies: ["HourglassPlatform", "HourglassBase", "HourglassGraph", "HourglassEngine"]),
  .target(
    name: "HourglassFiles",
    dependencies: [
      "HourglassPlatform", "HourglassBase", .target(name: "CCrypto", condition: .when(platforms: [.linux])),
    ]),
  .target(
    name: "HourglassModels",
    dependencies: [
      "HourglassPlatform", "HourglassBase", "HourglassGraph", "HourglassEngine", "HourglassNN",
      "HourglassFiles",
    ]),
  .target(
    name: "HourglassCore",
    dependencies: [
      "HourglassBase", "HourglassGraph", "HourglassEngine", "HourglassNN",
      "HourglassModels",
    ]),
]

/// Several processes that work together. Without the trait `MPI` there is no more to it than what says so.
let processes: [Target] = [
  .systemLibrary(
    name: "CMPI", pkgConfig: "mpi-c", providers: [.apt(["libopenmpi-dev"]), .brew(["open-mpi"])]),
  .target(
    name: "CMPIProcesses", dependencies: [.target(name: "CMPI", condition: .when(traits: ["MPI"]))],
    cSettings: [.define("HOURGLASS_MPI", .when(traits: ["MPI"]))]),
  .target(
    name: "HourglassMPI",
    dependencies: ["CMPIProcesses", "HourglassPlatform", "HourglassBase", "HourglassEngine"]),
]

/// Pictures, drawings, data sets.
let data: [Target] = [
  .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"]), .brew(["zlib"])]),
  .systemLibrary(name: "CPng", pkgConfig: "libpng", providers: [.apt(["libpng-dev"]), .brew(["libpng"])]),
  .systemLibrary(
    name: "CJpeg", pkgConfig: "libjpeg", providers: [.apt(["libjpeg-dev"]), .brew(["jpeg-turbo"])]),
  .target(name: "CJpegCodec", dependencies: ["CJpeg"]),
  .systemLibrary(name: "CWebP", pkgConfig: "libwebp", providers: [.apt(["libwebp-dev"]), .brew(["webp"])]),
  .target(
    name: "HourglassPictures",
    dependencies: ["HourglassBase", "HourglassFiles", "CPng", "CJpegCodec", "CWebP"]),
  .systemLibrary(
    name: "CSndFile", pkgConfig: "sndfile", providers: [.apt(["libsndfile1-dev"]), .brew(["libsndfile"])]),
  .target(
    name: "HourglassSound",
    dependencies: ["HourglassPlatform", "HourglassBase", "HourglassFiles", "CSndFile"]),
  .target(
    name: "HourglassDrawing",
    dependencies: [
      "HourglassPlatform", "HourglassBase", "HourglassEngine", "HourglassFiles", "HourglassPictures",
    ],
    resources: [.embedInCode("Pages/report.css"), .embedInCode("Charts/chart.css")]),
  .systemLibrary(
    name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"]), .brew(["sqlite"])]),
  .systemLibrary(name: "CPostgres", pkgConfig: "libpq", providers: [.apt(["libpq-dev"]), .brew(["libpq"])]),
  .target(
    name: "HourglassDatabases", dependencies: ["HourglassPlatform", "HourglassBase", "CSQLite", "CPostgres"]),
  .target(
    name: "HourglassData",
    dependencies: [
      "HourglassPlatform", "HourglassBase", "HourglassFiles", "HourglassPictures", "HourglassSound",
      "HourglassDatabases",
      "CZlib",
    ]),
]

/// Files of other frameworks: their messages, and models as they have them.
let exchange: [Target] = [
  .target(
    name: "HourglassMessages",
    dependencies: ["HourglassBase", .product(name: "SwiftProtobuf", package: "swift-protobuf")],
    exclude: ["onnx.proto", "tensorboard.proto"]),
  .target(
    name: "HourglassONNX",
    dependencies: [
      "HourglassMessages", "HourglassPlatform", "HourglassBase", "HourglassFiles", "HourglassGraph",
      "HourglassEngine", "HourglassNN", "HourglassModels",
    ]),
  .target(
    name: "HourglassTensorBoard",
    dependencies: ["HourglassBase", "HourglassFiles", "HourglassMessages", "HourglassPictures"]),
]

/// What models are used for, each by itself.
let uses: [Target] = [
  .target(
    name: "HourglassProjection",
    dependencies: [
      "HourglassBase", "HourglassFiles", "HourglassEngine", "HourglassPictures", "HourglassDrawing",
    ],
    resources: [.embedInCode("Page/map.css"), .embedInCode("Page/map.js")]),
  .target(name: "CHNSW"),
  .target(
    name: "HourglassSearch",
    dependencies: [
      "CHNSW", "HourglassPlatform", "HourglassBase", "HourglassFiles", "HourglassGraph", "HourglassEngine",
      "HourglassModels", "HourglassPictures", "HourglassDrawing", "HourglassData",
    ],
    resources: [.embedInCode("search.css")]),
  .target(
    name: "HourglassDenoising",
    dependencies: [
      "HourglassPlatform", "HourglassBase", "HourglassFiles", "HourglassGraph", "HourglassEngine",
      "HourglassNN", "HourglassModels", "HourglassPictures", "HourglassDrawing",
    ]),
  .target(
    name: "HourglassCompression",
    dependencies: [
      "HourglassBase", "HourglassEngine", "HourglassFiles", "HourglassModels", "HourglassPictures",
      "HourglassDrawing",
      "HourglassData",
    ]),
  .target(
    name: "HourglassDetection",
    dependencies: [
      "HourglassPlatform", "HourglassBase", "HourglassFiles", "HourglassGraph", "HourglassEngine",
      "HourglassNN", "HourglassModels", "HourglassPictures", "HourglassDrawing", "HourglassData",
      "HourglassDatabases", "HourglassMessages", "HourglassONNX",
    ]),
  .target(
    name: "HourglassSoundDenoising",
    dependencies: [
      "HourglassPlatform", "HourglassBase", "HourglassFiles", "HourglassModels", "HourglassSound",
    ]),
  .target(
    name: "HourglassSoundDetection",
    dependencies: [
      "HourglassPlatform", "HourglassBase", "HourglassFiles", "HourglassEngine", "HourglassNN",
      "HourglassModels",
      "HourglassPictures", "HourglassSound", "HourglassDrawing", "HourglassData", "HourglassDetection",
    ]),
  .target(
    name: "HourglassLearning",
    dependencies: [
      "HourglassBase", "HourglassFiles", "HourglassModels", "HourglassPictures", "HourglassDrawing",
    ],
    resources: [.embedInCode("Features/features.css")]),
]

/// Recipes, runs, reports; all of it as one import; the program.
let top: [Target] = [
  .target(
    name: "HourglassRuns",
    dependencies: [
      "HourglassBase", "HourglassFiles", "HourglassEngine", "HourglassNN", "HourglassModels",
      "HourglassPictures", "HourglassDrawing", "HourglassData", "HourglassCompression", "HourglassDetection",
      "HourglassTensorBoard",
      .product(name: "Yams", package: "Yams"),
    ],
    resources: recipes.map { .embedInCode("Recipes/Shipped/\($0).yaml") }),
  .target(
    name: "HourglassReports",
    dependencies: [
      "HourglassBase", "HourglassFiles", "HourglassEngine", "HourglassNN", "HourglassModels",
      "HourglassPictures", "HourglassDrawing", "HourglassData", "HourglassSearch", "HourglassDenoising",
      "HourglassCompression", "HourglassDetection", "HourglassRuns",
    ]),
  .target(
    name: "Hourglass",
    dependencies: [
      "HourglassBase", "HourglassFiles", "HourglassGraph", "HourglassEngine", "HourglassNN",
      "HourglassModels", "HourglassPictures", "HourglassSound", "HourglassDrawing", "HourglassDatabases",
      "HourglassData",
      "HourglassONNX",
      "HourglassProjection", "HourglassSearch", "HourglassDenoising", "HourglassCompression",
      "HourglassDetection", "HourglassSoundDenoising", "HourglassSoundDetection", "HourglassLearning",
      "HourglassTensorBoard",
      "HourglassRuns",
      "HourglassReports",
    ]),
  .executableTarget(
    name: "HourglassCLI",
    dependencies: [
      "HourglassPlatform", "HourglassMPI", "Hourglass",
      .product(name: "ArgumentParser", package: "swift-argument-parser"),
    ]),
]

/// A target's tests, which see what they name and what `HourglassTestSupport` shares.
func tests(of name: String, using others: [String] = [], exclude: [String] = []) -> Target {
  .testTarget(
    name: "\(name)Tests",
    dependencies: ([name] + others + ["HourglassTestSupport"]).map { .byName(name: $0) }, exclude: exclude)
}

/// A folder of tests for each target, by the target's name.
let tests: [Target] = [
  .target(name: "CAllocationCounter", path: "Tests/Support/CAllocationCounter"),
  .target(
    name: "HourglassTestSupport", dependencies: ["HourglassBase", "HourglassEngine"],
    path: "Tests/Support/HourglassTestSupport"),
  .target(
    name: "HourglassReaders",
    dependencies: [
      "HourglassBase", "HourglassFiles", "HourglassModels", "HourglassONNX", "HourglassPictures",
      "HourglassData", "HourglassProjection", "HourglassSearch", "HourglassCompression", "HourglassDetection",
      "HourglassRuns", "HourglassSound",
    ], path: "Tests/Support/HourglassReaders"),
  tests(of: "HourglassBase"),
  tests(of: "HourglassGraph", using: ["HourglassBase"]),
  tests(
    of: "HourglassEngine", using: ["HourglassBase", "HourglassGraph", "CLaneKernels", "CAllocationCounter"]),
  tests(
    of: "HourglassNN", using: ["HourglassBase", "HourglassGraph", "HourglassEngine"],
    exclude: ["Layers/reference.py", "Layers/series_reference.py"]),
  tests(of: "HourglassMPI", using: ["HourglassBase", "HourglassEngine"]),
  tests(of: "HourglassFiles", using: ["HourglassBase"]),
  tests(
    of: "HourglassModels",
    using: [
      "HourglassBase", "HourglassGraph", "HourglassEngine", "HourglassNN", "HourglassFiles",
      "CAllocationCounter",
    ], exclude: ["StateDicts/Stored"]),
  tests(of: "HourglassPictures", using: ["HourglassBase", "HourglassFiles"], exclude: ["reference.py"]),
  tests(
    of: "HourglassSound", using: ["HourglassPlatform", "HourglassBase", "HourglassFiles"],
    exclude: ["reference.py"]),
  tests(of: "HourglassDrawing", using: ["HourglassFiles", "HourglassPictures"]),
  tests(of: "HourglassMessages", using: ["HourglassBase"]),
  tests(
    of: "HourglassONNX",
    using: [
      "HourglassMessages", "HourglassBase", "HourglassFiles", "HourglassGraph", "HourglassEngine",
      "HourglassNN", "HourglassModels",
    ], exclude: ["Frameworks"]),
  tests(
    of: "HourglassTensorBoard",
    using: ["HourglassBase", "HourglassFiles", "HourglassMessages", "HourglassPictures"]),
  .target(
    name: "HourglassDatabaseSupport", dependencies: ["CSQLite", "CPostgres"],
    path: "Tests/Support/HourglassDatabaseSupport"),
  tests(of: "HourglassDatabases", using: ["HourglassBase", "HourglassDatabaseSupport"]),
  tests(
    of: "HourglassData", using: ["HourglassBase", "HourglassFiles", "HourglassPictures", "HourglassSound"]),
  tests(
    of: "HourglassProjection",
    using: ["HourglassBase", "HourglassFiles", "HourglassEngine", "HourglassPictures"]),
  tests(
    of: "HourglassSearch",
    using: ["HourglassBase", "HourglassEngine", "HourglassNN", "HourglassModels", "HourglassPictures"]),
  tests(
    of: "HourglassDenoising",
    using: ["HourglassBase", "HourglassNN", "HourglassModels", "HourglassPictures"]),
  tests(
    of: "HourglassCompression",
    using: ["HourglassBase", "HourglassNN", "HourglassModels", "HourglassPictures"]),
  tests(
    of: "HourglassDetection",
    using: [
      "HourglassBase", "HourglassFiles", "HourglassModels", "HourglassDatabases", "HourglassDatabaseSupport",
      "HourglassData", "HourglassMessages", "HourglassONNX",
    ]),
  tests(
    of: "HourglassSoundDenoising",
    using: ["HourglassBase", "HourglassNN", "HourglassModels", "HourglassSound"]),
  tests(
    of: "HourglassSoundDetection",
    using: ["HourglassBase", "HourglassFiles", "HourglassData", "HourglassDetection", "HourglassSound"]),
  tests(
    of: "HourglassLearning",
    using: ["HourglassBase", "HourglassEngine", "HourglassNN", "HourglassModels"]),
  tests(
    of: "HourglassRuns",
    using: [
      "HourglassBase", "HourglassFiles", "HourglassNN", "HourglassModels", "HourglassPictures",
      "HourglassData", "HourglassMessages", "HourglassTensorBoard",
    ]),
  tests(
    of: "HourglassReports",
    using: [
      "HourglassBase", "HourglassEngine", "HourglassNN", "HourglassModels", "HourglassDrawing",
      "HourglassData", "HourglassDenoising", "HourglassCompression", "HourglassRuns",
    ]),
  tests(of: "Hourglass", using: ["HourglassReaders"]),
  // What users write: no more than `import Hourglass` and what is public.
  .testTarget(name: "HourglassUserTests", dependencies: ["Hourglass"], packageAccess: false),
  tests(
    of: "HourglassCLI", using: ["Hourglass", "HourglassDatabaseSupport"],
    exclude: ["RecipeDigests/digests.txt"]),
]

/// What script/fuzz builds, which sets this: without libFuzzer it cannot be linked.
let fuzzing: [Target] =
  Context.environment["HOURGLASS_FUZZING"] == nil
  ? []
  : [
    .executableTarget(
      name: "fuzz-readers", dependencies: ["HourglassReaders"], path: "Fuzzing/FuzzReaders")
  ]

let package = Package(
  name: "hourglass",
  platforms: [.macOS(.v15)],
  products: [
    .library(name: "Hourglass", targets: ["Hourglass"]),
    .library(name: "HourglassCore", targets: ["HourglassCore"]),
    .executable(name: "hourglass", targets: ["HourglassCLI"]),
  ],
  traits: [
    .trait(
      name: "MPI",
      description: "Work in several processes, by mpirun or srun; needs an MPI such as Open MPI.")
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
  ],
  targets: core + processes + data + exchange + uses + top + tests + examples + fuzzing,
  swiftLanguageModes: [.v6],
  cxxLanguageStandard: .cxx17
)
