import Foundation
import HourglassTestSupport

/// A file whose content is replaced in place, many times a second: making files anew is slow on some disks.
final class ChangingFile {
  let path: String
  private let descriptor: Int32

  init(in folder: ScratchFolder, name: String) {
    path = "\(folder.path)/\(name)"
    descriptor = open(path, O_WRONLY | O_CREAT, 0o600)
  }

  deinit { close(descriptor) }

  /// - Returns: the path.
  func replace(by bytes: [UInt8]) -> String {
    pwrite(descriptor, bytes, bytes.count, 0)
    ftruncate(descriptor, off_t(bytes.count))
    return path
  }
}
