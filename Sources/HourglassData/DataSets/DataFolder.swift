import Foundation
import HourglassBase
import HourglassFiles
import HourglassPictures

/// A folder with data of whatever kind.
public enum DataFolder {
  /// Loads what the folder holds: the four IDX files, the six batches of CIFAR-10, shards, or else pictures. Files that are not
  /// compressed and take more than a quarter of the memory that is left stay where they are, and samples are read when they are needed.
  ///
  /// - Parameters:
  ///   - fitting: what is done to images.
  ///   - shape: what a model takes; pictures in files must agree with it, see `ImageFolderDataSet`.
  ///   - isStrict: whether a broken picture is refused; if not it is left out, and the set's `notes` tell so.
  /// - Throws: `HourglassError`: `environment` if there is no such folder or nothing of these in it, `badData` if it is a file,
  ///   and what the loaders throw.
  public static func load(
    _ directory: String, fitting: PictureFitting = PictureFitting(), shape: Shape? = nil,
    isStrict: Bool = false
  ) throws -> DataSet {
    try load(directory, PictureRequest(fitting: fitting, shape: shape, isStrict: isStrict))
  }

  static func load(_ directory: String, _ request: PictureRequest) throws -> DataSet {
    guard let entry = try FileEntry.at(directory) else {
      throw HourglassError(.environment, "\(directory) does not exist; \(remedy)")
    }
    guard case .folder = entry else {
      throw HourglassError(.badData, "\(directory) is a file that is neither .npy nor .npz; \(remedy)")
    }
    if try IDXDataSet.isBegun(directory) {
      return try IDXDataSet.load(directory: directory, request.keeping).fitted(request.fitting)
    }
    if try CIFARDataSet.isBegun(directory) {
      return try CIFARDataSet.load(directory: directory, request.keeping).fitted(request.fitting)
    }
    if try ShardFolder.isOne(directory) {
      return try ShardFolder.load(directory, request.keeping).fitted(request.fitting)
    }
    guard request.keep != .file else {
      throw HourglassError(
        .usage,
        "\(directory) holds pictures at best, which are unpacked into memory and cannot stay in their files",
        .readIntoMemory, .make(.shards))
    }
    let files = try ImageFiles(in: directory)
    guard !files.training.paths.isEmpty else {
      let seen = files.leftOut.notes.map { " (\($0))" }.first ?? ""
      throw HourglassError(
        .environment,
        "\(directory) has neither IDX files, nor batches of CIFAR-10, nor shards, nor pictures\(seen); \(remedy)"
      )
    }
    return try ImageFolderDataSet.load(files, directory: directory, request)
  }

  private static let remedy =
    "give a folder with the four IDX files, the six binary batches of CIFAR-10, shards, or \(PictureKinds.readNames) pictures"
}

extension HourglassError.Product {
  /// A folder of shards.
  package static let shards = Self("shards")
}
