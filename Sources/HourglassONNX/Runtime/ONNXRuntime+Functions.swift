import HourglassBase

extension ONNXRuntime {
  /// Places in the table of functions.
  enum Function: Int {
    case errorMessage = 2
    case createEnvironment = 3
    case createSession = 7
    case run = 9
    case createOptions = 10
    case createTensor = 48
    case tensorData = 51
    case fillTexts = 52
    case textsLength = 53
    case textsContent = 54
    case elementKind = 60
    case axisCount = 61
    case extents = 62
    case typeAndShape = 65
    case defaultAllocator = 78
    case releaseEnvironment = 92
    case releaseStatus = 93
    case releaseSession = 95
    case releaseValue = 96
    case releaseTypeAndShape = 99
    case releaseOptions = 100
  }

  typealias Object = UnsafeMutableRawPointer?
  typealias Place = UnsafeMutablePointer<UnsafeMutableRawPointer?>
  /// nil, or what went wrong.
  typealias Status = UnsafeMutableRawPointer?

  typealias ErrorMessage = @convention(c) (Object) -> UnsafePointer<CChar>?
  typealias Release = @convention(c) (Object) -> Void
  typealias Create = @convention(c) (Place) -> Status
  typealias CreateEnvironment = @convention(c) (Int32, UnsafePointer<CChar>, Place) -> Status
  typealias CreateSession = @convention(c) (Object, UnsafePointer<CChar>, Object, Place) -> Status
  typealias Run =
    @convention(c) (
      Object, Object, UnsafePointer<UnsafePointer<CChar>?>, UnsafePointer<Object>, Int,
      UnsafePointer<UnsafePointer<CChar>?>, Int, Place
    ) -> Status
  typealias CreateTensor =
    @convention(c) (Object, UnsafePointer<Int64>, Int, Int32, Place) -> Status
  typealias TensorData = @convention(c) (Object, Place) -> Status
  typealias FillTexts = @convention(c) (Object, UnsafePointer<UnsafePointer<CChar>?>, Int) -> Status
  typealias Count = @convention(c) (Object, UnsafeMutablePointer<Int>) -> Status
  typealias TextsContent =
    @convention(c) (Object, UnsafeMutableRawPointer, Int, UnsafeMutablePointer<Int>, Int) -> Status
  typealias ElementKind = @convention(c) (Object, UnsafeMutablePointer<Int32>) -> Status
  typealias Extents = @convention(c) (Object, UnsafeMutablePointer<Int64>, Int) -> Status

  func call<Signature>(_ function: Function, as signature: Signature.Type) -> Signature {
    unsafeBitCast(table[function.rawValue], to: signature)
  }

  func release(_ function: Function, _ object: Object) {
    if object != nil { call(function, as: Release.self)(object) }
  }

  /// - Throws: `HourglassError` (environment) with the library's own words.
  func check(_ status: Status) throws(HourglassError) {
    guard status != nil else { return }
    let text = call(.errorMessage, as: ErrorMessage.self)(status).map { String(cString: $0) } ?? "no reason"
    release(.releaseStatus, status)
    throw HourglassError(.environment, "ONNX Runtime \(release) cannot run the file: \(shortened(text))")
  }

  /// - Throws: `HourglassError` (environment) with the library's own words.
  func make(_ object: inout Object, _ body: (Place) -> Status) throws(HourglassError) {
    try check(body(&object))
  }
}

/// Texts as C has them, while `body` runs.
func withCStrings<Result>(
  _ texts: [String], _ body: ([UnsafePointer<CChar>?]) -> Result
) -> Result {
  var bytes: [CChar] = []
  var starts: [Int] = []
  for text in texts {
    starts.append(bytes.count)
    bytes += text.utf8CString
  }
  return bytes.withUnsafeBufferPointer { memory in
    body(starts.map { start in memory.baseAddress.map { $0 + start } })
  }
}
