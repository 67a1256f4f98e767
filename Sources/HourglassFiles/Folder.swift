import Foundation
import HourglassBase

/// A folder by its path, there or not.
package struct Folder: Sendable {
  /// Without the slash that it may have been given with.
  package let path: String

  package init(_ path: String) {
    self.path = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
  }

  /// Whether the path is a folder.
  package var exists: Bool {
    var isFolder: ObjCBool = false
    return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && isFolder.boolValue
  }

  /// Makes the folder and what leads to it.
  ///
  /// - Throws: `HourglassError` (environment) when it cannot be made.
  package func create() throws {
    guard !exists else { return }
    guard !FileManager.default.fileExists(atPath: path) else {
      throw HourglassError(
        .environment, "\(path) is a file, but must be a folder", .choose(.output))
    }
    do {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    } catch {
      throw HourglassError(
        .environment,
        "The folder \(path) cannot be made (\(Self.reason(error)))", .choose(.output))
    }
  }

  private static func reason(_ error: any Error) -> String {
    let underlying = ((error as NSError).userInfo[NSUnderlyingErrorKey] as? any Error).map { $0 as NSError }
    if let underlying, underlying.domain == NSPOSIXErrorDomain {
      return systemMessage(Int32(underlying.code))
    }
    return error.localizedDescription
  }
}
