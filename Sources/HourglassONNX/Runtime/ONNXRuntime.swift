import HourglassBase
import HourglassPlatform

/// ONNX Runtime, where its library is on the system: it is looked for when the program runs, and nothing is linked to it.
///
/// Its C interface is a table of functions that only ever gets longer, so that the place of each is the same in every release
/// (onnxruntime_c_api.h, version 11 and later).
package final class ONNXRuntime {
  /// The release, such as "1.22.0".
  package let release: String
  let table: UnsafePointer<UnsafeRawPointer?>
  private var environment: UnsafeMutableRawPointer?

  /// Of the interface; that of the release 1.11.
  private static let interface: UInt32 = 11

  /// Names that the library has on systems.
  private static let names = [
    "libonnxruntime.so", "libonnxruntime.so.1", "libonnxruntime.dylib", "libonnxruntime.1.dylib",
  ]

  /// What the library begins with.
  private struct Base {
    var table: @convention(c) (UInt32) -> UnsafePointer<UnsafeRawPointer?>?
    var release: @convention(c) () -> UnsafePointer<CChar>?
  }

  /// - Parameter path: of the library; looked for among those of the system when nil.
  /// - Returns: nil where none is there and no path was given.
  /// - Throws: `HourglassError` (environment) when it cannot be loaded, or is too old.
  package static func load(path: String?) throws(HourglassError) -> ONNXRuntime? {
    for name in path.map({ [$0] }) ?? names {
      guard let library = dlopen(name, RTLD_NOW | RTLD_LOCAL) else { continue }
      return try ONNXRuntime(library, name)
    }
    guard let path else { return nil }
    let why = dlerror().map { String(cString: $0) } ?? "it is no library"
    throw HourglassError(.environment, "ONNX Runtime cannot be loaded from \(path): \(why)")
  }

  /// - Throws: `HourglassError` (environment) when the library is another, or too old.
  private init(_ library: UnsafeMutableRawPointer, _ name: String) throws(HourglassError) {
    guard let symbol = dlsym(library, "OrtGetApiBase") else {
      throw HourglassError(
        .environment, "\(name) is a library, but not ONNX Runtime: it has no OrtGetApiBase")
    }
    let base = unsafeBitCast(symbol, to: (@convention(c) () -> UnsafeRawPointer?).self)
    guard let known = base()?.assumingMemoryBound(to: Base.self).pointee, let text = known.release() else {
      throw HourglassError(
        .environment, "\(name) is no ONNX Runtime that can be used: it says nothing of itself")
    }
    release = String(cString: text)
    // Asked for a version that it does not know, an old release complains on its own.
    let numbers = release.parts(at: ".").prefix(2).map { UInt32($0) ?? 0 }
    guard numbers.count == 2, numbers[0] > 1 || numbers[0] == 1 && numbers[1] >= Self.interface,
      let table = known.table(Self.interface)
    else {
      throw HourglassError(
        .environment, "\(name) is ONNX Runtime \(release), and 1.\(Self.interface) or a later one is needed")
    }
    self.table = table
    try make(&environment) {
      call(.createEnvironment, as: CreateEnvironment.self)(Self.errors, "hourglass", $0)
    }
  }

  deinit { release(.releaseEnvironment, environment) }

  /// Of what is told on standard error.
  private static let errors: Int32 = 3

  /// Reads a model.
  ///
  /// - Throws: `HourglassError` (environment) with what ONNX Runtime says against it.
  package func session(_ path: String) throws(HourglassError) -> ONNXSession {
    try ONNXSession(self, environment, path)
  }
}

/// A model that ONNX Runtime has read.
package final class ONNXSession {
  private let runtime: ONNXRuntime
  private var session: UnsafeMutableRawPointer?

  /// - Throws: `HourglassError` (environment) with what ONNX Runtime says against the file.
  fileprivate init(
    _ runtime: ONNXRuntime, _ environment: UnsafeMutableRawPointer?, _ path: String
  ) throws(HourglassError) {
    self.runtime = runtime
    var options: UnsafeMutableRawPointer?
    try runtime.make(&options) { runtime.call(.createOptions, as: ONNXRuntime.Create.self)($0) }
    defer { runtime.release(.releaseOptions, options) }
    try runtime.make(&session) {
      runtime.call(.createSession, as: ONNXRuntime.CreateSession.self)(environment, path, options, $0)
    }
  }

  deinit { runtime.release(.releaseSession, session) }

  /// - Parameter inputs: by name.
  /// - Returns: the outputs of these names, in their order.
  /// - Throws: `HourglassError` (environment) with what ONNX Runtime says against it.
  package func run(
    _ inputs: [(name: String, array: ONNXArray)], outputs: [String]
  ) throws(HourglassError) -> [ONNXArray] {
    var given: [UnsafeMutableRawPointer?] = []
    var made = [UnsafeMutableRawPointer?](repeating: nil, count: outputs.count)
    defer { for value in given + made { runtime.release(.releaseValue, value) } }
    for input in inputs { given.append(try runtime.value(input.array)) }
    let status = withCStrings(inputs.map(\.name)) { names in
      withCStrings(outputs) { wanted in
        runtime.call(.run, as: ONNXRuntime.Run.self)(
          session, nil, names, given, given.count, wanted, wanted.count, &made)
      }
    }
    try runtime.check(status)
    var arrays: [ONNXArray] = []
    for value in made { arrays.append(try runtime.array(value)) }
    return arrays
  }
}
