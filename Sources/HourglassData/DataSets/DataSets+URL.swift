import Foundation
import HourglassBase
import HourglassFiles
import HourglassPictures

// Addresses of files beside paths. Each of these does what its namesake with a path does, and throws `HourglassError`
// (usage) for an address that is not of a file.

extension DataFolder {
  /// Loads what the folder holds: the four IDX files, the six batches of CIFAR-10, or else pictures.
  public static func load(
    _ directory: URL, fitting: PictureFitting = PictureFitting(), shape: Shape? = nil, isStrict: Bool = false
  ) throws -> DataSet {
    try load(directory.checkedPath(), fitting: fitting, shape: shape, isStrict: isStrict)
  }
}

extension NamedDataSet {
  /// Loads the data set's files from the folder; no other place is looked at.
  public func load(directory: URL) async throws -> DataSet {
    try await load(directory: directory.checkedPath())
  }
}

extension ArrayDataSet {
  /// Loads a `.npy` or `.npz` file.
  public static func load(from url: URL, name: String? = nil, axes: ChannelAxis? = nil) throws -> DataSet {
    try load(path: url.checkedPath(), name: name, axes: axes)
  }
}

extension PatchSampling {
  /// Cuts patches from all pictures in a folder and its sub-folders.
  public func load(directory: URL, channels: Int, seed: UInt64, isStrict: Bool = false) throws -> DataSet {
    try load(directory: directory.checkedPath(), channels: channels, seed: seed, isStrict: isStrict)
  }
}
