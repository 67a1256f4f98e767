import Foundation

/// Where this machine keeps data sets and from where it fetches them.
package struct DataSetPlaces: Sendable {
  /// Fetched data sets lie here, each in a directory of its own name.
  package var cacheDirectory: String
  /// Stands in for the built-in mirrors: `<mirror>/<data set>/<file>`.
  package var mirror: String?

  package init(cacheDirectory: String, mirror: String? = nil) {
    self.cacheDirectory = cacheDirectory
    self.mirror = mirror.map { $0.hasSuffix("/") ? String($0.dropLast()) : $0 }
  }

  /// The cache in `HOURGLASS_CACHE`, else `~/.cache/hourglass`; the mirror in `HOURGLASS_MIRROR`, if any.
  package init(environment: [String: String] = ProcessInfo.processInfo.environment) {
    func value(_ name: String) -> String? {
      environment[name].flatMap { $0.isEmpty ? nil : $0 }
    }
    let home = value("HOME") ?? NSHomeDirectory()
    self.init(
      cacheDirectory: value("HOURGLASS_CACHE") ?? "\(home)/.cache/hourglass",
      mirror: value("HOURGLASS_MIRROR"))
  }

  func cache(of dataSet: String) -> String {
    "\(cacheDirectory)/\(dataSet)"
  }
}
