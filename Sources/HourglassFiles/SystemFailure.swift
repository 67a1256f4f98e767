import HourglassBase
import HourglassPlatform

/// What the system says about an error number, such as "No space left on device".
package func systemMessage(_ number: Int32) -> String {
  String(cString: strerror(number))
}

/// Turns what the operating system reports (`errno`) into one sentence with a remedy.
enum SystemFailure {
  /// Why it cannot be known what lies at `path`.
  static func looking(_ path: String, code: Int32) -> HourglassError {
    HourglassError(
      .environment,
      "\(path) cannot be examined: \(systemMessage(code)); check the path, its permissions and the disk, then try again"
    )
  }

  /// Why `path` could not be written.
  ///
  /// - Parameter folder: where the file lies; nil where the path says it.
  static func writing(_ path: String, code: Int32, folder: String? = nil) -> HourglassError {
    let folder = folder ?? self.folder(of: path)
    let cause: String
    var remedies: [HourglassError.Remedy] = []
    switch code {
    case ENOSPC:
      cause = "the disk is full"
      remedies = [.text("free some space")]
    case EDQUOT:
      cause = "your share of the disk is used up"
      remedies = [.text("free some space")]
    case EFBIG:
      cause = "the file grew past the size the system allows"
      remedies = [.text("raise the limit (ulimit -f)")]
    case EACCES, EPERM:
      cause = "the file or its folder \(folder) is not writable"
      remedies = [.text("change the permissions")]
    case EROFS:
      cause = "its disk can only be read"
    case ENOENT:
      cause = "there is no folder \(folder)"
      remedies = [.text("create it")]
    case ENOTDIR:
      cause = "\(folder) is not a folder"
    case EISDIR:
      cause = "it is a folder"
      remedies = [.text("name a file inside it")]
    default:
      cause = "the system refused (\(systemMessage(code)))"
      remedies = [.text("check the disk")]
    }
    return HourglassError(
      .environment, "Cannot write \(path): \(cause)", remedies: remedies + [.choose(.output)])
  }

  /// Why `path` could not be read.
  static func reading(_ path: String, code: Int32) -> HourglassError {
    let cause: String
    let remedy: String
    switch code {
    case ENOENT, ENOTDIR:
      cause = "there is no such file"
      remedy = "check the path"
    case EACCES, EPERM:
      cause = "it is not readable"
      remedy = "change its permissions"
    case EISDIR:
      cause = "it is a folder"
      remedy = "name a file inside it"
    default:
      cause = "the system refused (\(systemMessage(code)))"
      remedy = "check the disk and try again"
    }
    return HourglassError(.environment, "Cannot read \(path): \(cause); \(remedy).")
  }

  /// Refuses a path the system would misread: an empty one, or one that its zero byte would cut short.
  static func checkPath(_ path: String) throws {
    if path.isEmpty {
      throw HourglassError(.usage, "The path of a file is empty; name a file.")
    }
    try checkNoZero(path)
  }

  /// Refuses a path that its zero byte would cut short.
  static func checkNoZero(_ path: String) throws {
    if path.utf8.contains(0) {
      let shown = path.quotedForMessage
      throw HourglassError(.usage, "The path \(shown) contains a zero byte; name a file without it.")
    }
  }

  /// The folder that holds `path`: "." for a bare name.
  static func folder(of path: String) -> String {
    guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }
}
