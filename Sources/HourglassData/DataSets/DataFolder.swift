import Foundation
import HourglassBase
import HourglassFiles
import HourglassPictures

/// A folder with data of whatever kind.
public enum DataFolder {
  /// Loads what the folder holds: the four IDX files, the six batches of CIFAR-10, or else pictures.
  ///
  /// - Parameters:
  ///   - fitting: what is done to images.
  ///   - shape: what a model takes; pictures in files must agree with it, see `ImageFolderDataSet`.
  /// - Throws: `HourglassError`: `environment` if there is no such folder or nothing of these in it, `badData` if it is a file,
  ///   and what the loaders throw.
  public static func load(
    _ directory: String, fitting: PictureFitting = PictureFitting(), shape: Shape? = nil
  ) throws -> DataSet {
    try load(directory, fitting: fitting, shape: shape, watch: .none)
  }

  static func load(
    _ directory: String, fitting: PictureFitting, shape: Shape?, watch: LoadingWatch
  ) throws -> DataSet {
    guard let entry = try FileEntry.at(directory) else {
      throw HourglassError(.environment, "\(directory) does not exist; \(remedy)")
    }
    guard case .folder = entry else {
      throw HourglassError(.badData, "\(directory) is a file that is neither .npy nor .npz; \(remedy)")
    }
    if try IDXDataSet.isBegun(directory) { return try IDXDataSet.load(directory: directory).fitted(fitting) }
    if try CIFARDataSet.isBegun(directory) {
      return try CIFARDataSet.load(directory: directory).fitted(fitting)
    }
    let files = try ImageFiles(in: directory)
    guard !files.training.paths.isEmpty else {
      throw HourglassError(
        .environment, "\(directory) has neither IDX files, nor batches of CIFAR-10, nor pictures; \(remedy)")
    }
    return try ImageFolderDataSet.load(
      files, directory: directory, fitting: fitting, shape: shape, watch: watch)
  }

  private static let remedy =
    "give a folder with the four IDX files, the six binary batches of CIFAR-10, or PNG or JPEG pictures"
}
