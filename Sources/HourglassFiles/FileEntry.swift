import HourglassBase
import HourglassPlatform

/// What lies at a path.
///
/// Only when the system says that there is no such file or folder (ENOENT, ENOTDIR) does nothing lie there. Whatever else
/// keeps it from looking is thrown: what cannot be known is not taken for absent.
package enum FileEntry: Sendable {
  case file, folder
  /// A pipe, a socket or a device.
  case other

  /// Symbolic links are followed; at one that leads nowhere lies nothing.
  ///
  /// - Throws: `HourglassError`: environment when the system does not let us know, usage for a path with a zero byte.
  package static func at(_ path: String) throws -> FileEntry? {
    guard let status = try status(path, followsLinks: true) else { return nil }
    switch status.st_mode & S_IFMT {
    case S_IFREG: return .file
    case S_IFDIR: return .folder
    default: return .other
    }
  }

  /// Whether anything lies there.
  ///
  /// - Throws: as `at`.
  package static func exists(_ path: String) throws -> Bool { try at(path) != nil }

  /// Where a symbolic link leads, as it says; nil where none lies.
  ///
  /// - Throws: as `at`.
  static func destination(of path: String) throws -> String? {
    guard let status = try status(path, followsLinks: false), status.st_mode & S_IFMT == S_IFLNK else {
      return nil
    }
    var bytes = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
    let count = FileCall.look.perform(on: path) { readlink(path, &bytes, bytes.count - 1) }
    guard count >= 0 else { throw SystemFailure.looking(path, code: errno) }
    return String(decoding: bytes[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// The path without symbolic links, from the root; nil where nothing lies.
  ///
  /// - Throws: as `at`.
  package static func realPath(_ path: String) throws -> String? {
    guard try exists(path) else { return nil }
    var real: UnsafeMutablePointer<CChar>?
    let found = FileCall.look.perform(on: path) {
      real = realpath(path, nil)
      return real == nil ? -1 : 0
    }
    guard found == 0, let real else { throw SystemFailure.looking(path, code: errno) }
    defer { free(real) }
    return String(cString: real)
  }

  /// Whether a symbolic link lies there, wherever it leads.
  ///
  /// - Throws: as `at`.
  package static func isLink(_ path: String) throws -> Bool { try destination(of: path) != nil }

  /// Whether a symbolic link lies there that leads to no folder.
  ///
  /// - Throws: as `at`.
  package static func isLinkToNoFolder(_ path: String) throws -> Bool {
    try destination(of: path) != nil && at(path) != .folder
  }

  /// The names in a folder, hidden ones too, by their bytes; nil where there is no folder.
  ///
  /// - Throws: as `at`.
  package static func names(in folder: String) throws -> [String]? {
    try SystemFailure.checkNoZero(folder)
    var listing: OpaqueDirectory?
    let opened = FileCall.list.perform(on: folder) {
      listing = opendir(folder)
      return listing == nil ? -1 : 0
    }
    guard opened == 0, let listing else {
      let reason = errno
      if reason == ENOENT || reason == ENOTDIR { return nil }
      throw SystemFailure.looking(folder, code: reason)
    }
    defer { closedir(listing) }
    var names: [String] = []
    while true {
      errno = 0
      guard let entry = readdir(listing) else {
        guard errno == 0 else { throw SystemFailure.looking(folder, code: errno) }
        break
      }
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name != "." && name != ".." { names.append(name) }
    }
    return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  /// When the contents were changed last, in seconds since 1970; nil where nothing lies.
  ///
  /// - Throws: as `at`.
  package static func modificationTime(_ path: String) throws -> Int? {
    try status(path, followsLinks: true)?.modificationTime
  }

  /// Removes a file that nobody needs any more; one that the system keeps stays.
  package static func discard(_ path: String) { unlink(path) }

  static func status(_ path: String, followsLinks: Bool) throws -> stat? {
    try SystemFailure.checkNoZero(path)
    var status = stat()
    let result = FileCall.look.perform(on: path) {
      followsLinks ? stat(path, &status) : lstat(path, &status)
    }
    if result == 0 { return status }
    if errno == ENOENT || errno == ENOTDIR { return nil }
    throw SystemFailure.looking(path, code: errno)
  }
}

#if canImport(Darwin)
  private typealias OpaqueDirectory = UnsafeMutablePointer<DIR>
#else
  private typealias OpaqueDirectory = OpaquePointer
#endif
