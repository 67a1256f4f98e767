import Foundation
import HourglassBase
import HourglassFiles

/// A data set known by name, found on this machine or fetched from a mirror.
public struct NamedDataSet: Sendable {
  /// What `named(_:)` and the command line know it by, such as `fashion-mnist`.
  public let name: String
  /// What the labels stand for, in their order.
  package let classNames: [String]
  /// Where the operating system's package puts it.
  let systemDirectories: [String]
  /// The operating system's package that has it.
  let packageName: String?
  /// Addresses of directories on the web, tried in turn.
  package let mirrors: [String]
  package let files: [RemoteFile]
  let format: Format

  /// How the files come and how they lie in their directory.
  package enum Format: Sendable {
    /// The four IDX files.
    case idx
    /// One archive of the six batches of CIFAR-10.
    case cifar

    func isComplete(_ directory: String) throws -> Bool {
      switch self {
      case .idx: try IDXDataSet.isComplete(directory)
      case .cifar: try CIFARDataSet.isComplete(directory)
      }
    }
  }

  package init(
    name: String, classNames: [String], systemDirectories: [String], packageName: String?,
    mirrors: [String], files: [RemoteFile], format: Format = .idx
  ) {
    self.name = name
    self.classNames = classNames
    self.systemDirectories = systemDirectories
    self.packageName = packageName
    self.mirrors = mirrors
    self.files = files
    self.format = format
  }

  /// The data set of that name.
  ///
  /// - Throws: `HourglassError` (`usage`) with the nearest name if there is none.
  public static func named(_ name: String) throws -> NamedDataSet {
    if let dataSet = all.first(where: { $0.name == name }) { return dataSet }
    let names = all.map(\.name)
    let advice = nearestName(to: name, among: names).map { "did you mean \($0)?" }
    let known = names.joined(separator: ", ")
    throw HourglassError(
      .usage,
      "There is no data set \"\(name)\"; \(advice ?? "the data sets are \(known), or give a folder, or a .npy or .npz file.")"
    )
  }

  /// Loads the data set from `directory` if given, else from the first place that has all of it: the cache
  /// (`$HOURGLASS_CACHE/<name>`, else `~/.cache/hourglass/<name>`), the operating system's package, the
  /// mirrors (or the one in `HOURGLASS_MIRROR`), from which it is fetched into the cache. Files are read on a thread that is
  /// not one of Swift's cooperative pool.
  ///
  /// - Parameters:
  ///   - directory: has the data set's files; no other place is then looked at.
  ///   - allowsDownload: whether the network may be used.
  ///   - progress: told, on some other thread, how far a download has come.
  /// - Returns: images of shape `[channels, rows, columns]`, numbers in 0...1.
  /// - Throws: `HourglassError`: `environment` if the data set cannot be had, `badData` if it is damaged;
  ///   `CancellationError` when the task was cancelled before the files were read.
  public func load(
    directory: String? = nil, allowsDownload: Bool = true, progress: WorkProgress.Notice? = nil
  ) async throws -> DataSet {
    try await load(
      directory: directory, places: DataSetPlaces(), allowsDownload: allowsDownload, progress: progress)
  }

  package func load(
    directory: String? = nil, places: DataSetPlaces, allowsDownload: Bool = true, keep: DataKeeping? = nil,
    progress: WorkProgress.Notice? = nil
  ) async throws -> DataSet {
    let request = KeepingRequest(keep: keep)
    if let directory { return try await onOwnThread { _ in try loadFiles(in: directory, request) } }
    let cache = places.cache(of: name)
    let mirrors = places.mirror.map { ["\($0)/\(name)"] } ?? mirrors
    let found = try await onOwnThread { _ in
      try placeOfAll(among: [cache] + systemDirectories).map { try loadFiles(in: $0, request) }
    }
    if let found { return found }
    let places = ([cache] + systemDirectories).joined(separator: ", ")
    let absence = "\(name) is not on this machine (looked in \(places))"
    guard allowsDownload else {
      throw HourglassError(.environment, "\(absence) and downloading is off", remedies: remedies)
    }
    let downloader = Downloader(mirrors: mirrors)
    do {
      for file in files where try !FileEntry.exists("\(cache)/\(file.name)") {
        try await downloader.fetch(file, into: cache, progress: progress)
      }
      if format == .cifar { try await onOwnThread { _ in try unpackBatches(in: cache) } }
    } catch let error as HourglassError {
      throw HourglassError(
        error.code, "\(absence) and cannot be downloaded: \(error.fact)", remedies: error.remedies + remedies)
    }
    return try await onOwnThread { _ in try loadFiles(in: cache, request) }
  }

  /// The first place that has all files; nil when each is known to lack some.
  private func placeOfAll(among places: [String]) throws -> String? {
    var unknown: (any Error)?
    for place in places {
      do {
        if try format.isComplete(place) { return place }
      } catch {
        // Another place may do; else the files are not fetched, as they may be here.
        unknown = unknown ?? error
      }
    }
    if let unknown { throw unknown }
    return nil
  }

  /// Takes the batches out of the archive, which is then no longer needed.
  private func unpackBatches(in directory: String) throws {
    for archive in files.map({ "\(directory)/\($0.name)" }) {
      try TarArchive.unpack(
        archive, members: CIFARDataSet.fileNames.map { "\(CIFARDataSet.folderName)/\($0)" },
        memberLimit: 1 << 26, into: directory)
      FileEntry.discard(archive)
    }
  }

  private func loadFiles(in directory: String, _ request: KeepingRequest) throws -> DataSet {
    switch format {
    case .idx:
      try IDXDataSet.load(
        directory: directory, name: name, classNames: classNames, remedies: remedies, request)
    case .cifar:
      try CIFARDataSet.load(directory: directory, name: name, remedies: remedies, request)
    }
  }

  /// How to get the data set by hand.
  private var remedies: [HourglassError.Remedy] {
    let files =
      switch format {
      case .idx: "four IDX files"
      case .cifar: "six binary batches"
      }
    return (packageName.map { [.text("apt-get install \($0)")] } ?? [])
      + [.give(.data, "the directory that has its \(files)")]
  }
}

extension NamedDataSet {
  /// Every data set known by name.
  public static let all: [NamedDataSet] = [fashionMNIST, mnist, cifar10]

  /// Fashion-MNIST (Xiao, Rasul and Vollgraf 2017): 60,000 + 10,000 grey pictures of clothes, 28 x 28.
  public static let fashionMNIST = NamedDataSet(
    name: "fashion-mnist",
    classNames: [
      "T-shirt/top", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag",
      "ankle boot",
    ],
    systemDirectories: ["/usr/share/datasets/fashion-mnist"],
    packageName: "dataset-fashion-mnist",
    mirrors: ["https://storage.googleapis.com/tensorflow/tf-keras-datasets"],
    files: [
      RemoteFile(
        name: "train-images-idx3-ubyte.gz",
        sha256: "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84"),
      RemoteFile(
        name: "train-labels-idx1-ubyte.gz",
        sha256: "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845"),
      RemoteFile(
        name: "t10k-images-idx3-ubyte.gz",
        sha256: "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073"),
      RemoteFile(
        name: "t10k-labels-idx1-ubyte.gz",
        sha256: "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5"),
    ])

  /// MNIST (LeCun, Cortes and Burges 1998): 60,000 + 10,000 grey pictures of handwritten digits, 28 x 28.
  public static let mnist = NamedDataSet(
    name: "mnist",
    classNames: (0...9).map(String.init),
    systemDirectories: [],
    packageName: nil,
    mirrors: [
      "https://storage.googleapis.com/cvdf-datasets/mnist", "https://ossci-datasets.s3.amazonaws.com/mnist",
    ],
    files: [
      RemoteFile(
        name: "train-images-idx3-ubyte.gz",
        sha256: "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609"),
      RemoteFile(
        name: "train-labels-idx1-ubyte.gz",
        sha256: "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c"),
      RemoteFile(
        name: "t10k-images-idx3-ubyte.gz",
        sha256: "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6"),
      RemoteFile(
        name: "t10k-labels-idx1-ubyte.gz",
        sha256: "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6"),
    ])

  /// CIFAR-10 (Krizhevsky 2009): 50,000 + 10,000 colour pictures of animals and vehicles, 32 x 32.
  public static let cifar10 = NamedDataSet(
    name: "cifar10",
    classNames: CIFARDataSet.classNames,
    systemDirectories: [],
    packageName: nil,
    mirrors: ["https://www.cs.toronto.edu/~kriz"],
    files: [
      RemoteFile(
        name: "cifar-10-binary.tar.gz",
        sha256: "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd")
    ],
    format: .cifar)
}
