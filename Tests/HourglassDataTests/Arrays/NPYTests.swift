import HourglassBase
import HourglassData
import HourglassFiles
import HourglassTestSupport
import Testing

struct NPYTests {
  private let directory: ScratchFolder
  private let file: ChangingFile

  init() {
    directory = ScratchFolder()
    file = ChangingFile(in: directory, name: "a.npy")
  }

  private func read(_ bytes: [UInt8]) throws -> SampleArray {
    try NPY.read(path: file.replace(by: bytes))
  }

  private func refusal(_ bytes: [UInt8], sourceLocation: SourceLocation = #_sourceLocation) throws -> String {
    let error = thrownError(sourceLocation: sourceLocation) { _ = try read(bytes) }
    #expect(error.code == .badData, sourceLocation: sourceLocation)
    #expect(error.message.hasPrefix("\(directory.path)/a.npy "), "\(error)", sourceLocation: sourceLocation)
    return error.message
  }

  // MARK: - Kinds and shapes

  @Test func readsTheThreeKindsOfNumbers() throws {
    let floats = try read(npyFile("<f4", "(2, 3)", floatBytes([0, -1.5, 3e38, 4, 5, 1e-30])))
    #expect(floats.count == 2 && floats.shape == [3] && floats.element == .float)
    #expect(floats.sample(0) == [0, -1.5, 3e38] && floats.sample(1) == [4, 5, 1e-30])
    let doubles = try read(npyFile("<f8", "(1, 2)", doubleBytes([0.1, -2])))
    #expect(doubles.sample(0) == [0.1, -2] && doubles.element == .float)
    let bytes = try read(npyFile("|u1", "(2, 2)", [0, 255, 51, 1]))
    #expect(bytes.element == .byte(scale: 1 / 255) && bytes.sample(1)[0] == 51 * (1 / 255))
  }

  @Test func readsTheShapesOfImages() throws {
    let bytes = (0..<24).map { UInt8($0) }
    func numbers(_ array: SampleArray, _ index: Int) -> [UInt8] {
      array.sample(index).map { UInt8(($0 * 255).rounded()) }
    }
    let grey = try read(npyFile("|u1", "(2, 3, 4)", bytes))
    #expect(grey.shape == [1, 3, 4] && numbers(grey, 1) == Array(12..<24))
    let planes = try read(npyFile("|u1", "(2, 3, 2, 2)", bytes))
    #expect(planes.shape == [3, 2, 2] && numbers(planes, 1) == Array(12..<24))
    // 2 images of 2 x 2 pixels with three channels side by side.
    let pixels = try read(npyFile("|u1", "(2, 2, 2, 3)", bytes))
    #expect(pixels.shape == [3, 2, 2])
    #expect(numbers(pixels, 0) == [0, 3, 6, 9, 1, 4, 7, 10, 2, 5, 8, 11])
    #expect(numbers(pixels, 1) == [12, 15, 18, 21, 13, 16, 19, 22, 14, 17, 20, 23])
    #expect(try read(npyFile("|u1", "(2, 3, 4, 1)", bytes)).shape == [3, 4, 1], "the second axis is 3")
    #expect(try read(npyFile("|u1", "(2, 4, 3, 1)", bytes)).shape == [1, 4, 3])
    let floats = try read(npyFile("<f8", "(1, 2, 2, 3)", doubleBytes((0..<12).map(Double.init))))
    #expect(floats.sample(0) == [0, 3, 6, 9, 1, 4, 7, 10, 2, 5, 8, 11])
  }

  /// As the extents say, else as somebody does.
  @Test(arguments: [
    ("(2, 5, 6, 1)", [1, 5, 6]), ("(2, 5, 6, 2)", [2, 5, 6]), ("(2, 5, 6, 3)", [3, 5, 6]),
    ("(2, 5, 6, 4)", [4, 5, 6]),
    ("(2, 4, 5, 6)", [4, 5, 6]), ("(2, 2, 5, 6)", [2, 5, 6]), ("(2, 5, 6, 7)", [5, 6, 7]),
    ("(2, 3, 8, 3)", [3, 8, 3]),
    ("(2, 4, 4, 4)", [4, 4, 4]), ("(2, 9, 4, 4)", [9, 4, 4]), ("(2, 9, 3, 3)", [3, 9, 3]),
  ])
  func findsTheChannels(_ shape: String, _ expected: [Int]) throws {
    let extents = shape.dropFirst().dropLast().split(separator: ", ").compactMap { Int($0) }
    let count = extents.reduce(1, *)
    let path = file.replace(by: npyFile("|u1", shape, (0..<count).map { UInt8($0 % 251) }))
    #expect(try NPY.read(path: path).shape.dimensions == expected)
    #expect(try NPY.read(path: path, axes: .first).shape.dimensions == Array(extents.dropFirst()))
    let last = try NPY.read(path: path, axes: .last)
    #expect(last.shape.dimensions == [extents[3], extents[1], extents[2]])
    // Pixel (0, 1) of the second channel, in the second sample.
    guard extents[3] > 1 else { return }
    let place = count / 2 + extents[3] + 1
    #expect(last.sample(1)[extents[1] * extents[2] + 1] == Float(place % 251) * (1 / 255))
  }

  /// More than a block at once.
  @Test func readsLargeArrays() throws {
    let count = 300_001
    let array = try read(npyFile("<f4", "(\(count), 2)", floatBytes((0..<2 * count).map { Float($0) })))
    #expect(array.count == count && array.sample(count - 1) == [Float(2 * count - 2), Float(2 * count - 1)])
    #expect(array.sample(131_072) == [262_144, 262_145])
  }

  @Test(arguments: [
    "{\"descr\":\"<f4\",\"fortran_order\":False,\"shape\":(1,2)}",
    "{'shape': (1, 2,), 'fortran_order' : False , 'descr': '<f4'}   \n",
    "\n{ 'descr' :'<f4','fortran_order':False,\n'shape':( 1 ,2 ) , }",
  ])
  func readsAnyNotationOfTheHeader(header: String) throws {
    for version in 1...3 {
      let file = npyFile(header: header, floatBytes([3, 4]), version: version)
      #expect(try read(file).sample(0) == [3, 4])
    }
  }

  // MARK: - Refusals

  @Test(arguments: [
    ("<f4", "(3,)", "has the shape (3), but must be [n, features]"), ("<f4", "()", "but holds 12 bytes"),
    ("<f4", "(1, 1, 1, 1, 3)", "has the shape (1, 1, 1, 1, 3)"),
    ("<f4", "(4, 1)", "declares <f4 numbers of shape (4, 1) but holds 12 bytes"),
    ("<f4", "(2, 1)", "but holds 12 bytes"), ("<f8", "(3, 1)", "but holds 12 bytes"),
    (">f4", "(3, 1)", "big-endian (>f4)"), ("|O", "(3, 1)", "holds Python objects, which are never run"),
    ("<f2", "(6, 1)", "elements of kind \"<f2\""), ("<c8", "(3, 1)", "\"<c8\""), ("<U1", "(3, 1)", "\"<U1\""),
    ("<i4", "(3, 1)", "holds int32 numbers; save uint8, float32 or float64"),
    ("<u2", "(6, 1)", "holds uint16 numbers"), ("|i1", "(12, 1)", "holds int8 numbers"),
    ("|b1", "(12, 1)", "\"|b1\""), ("f4", "(3, 1)", "\"f4\""), ("", "(3, 1)", "\"\""),
    ("<f4", "(18446744073709551615, 1)", "does not name"),
    ("<f4", "(9223372036854775807, 9223372036854775807)", "but holds 12 bytes"),
    ("<f4", "(9223372036854775807, 9223372036854775807, 0)", "but holds 12 bytes"),
    ("<f4", "(-3, -1)", "does not name"), ("<f4", "[3, 1]", "does not name"),
    ("<f4", "(3; 1)", "does not name"),
    ("<f4", "(3, 1", "does not name"), ("<f4", "(,)", "does not name"),
  ])
  func refusesOtherArrays(descriptor: String, shape: String, words: String) throws {
    let message = try refusal(npyFile(descriptor, shape, floatBytes([1, 2, 3])))
    #expect(message.contains(words), "\(message)")
  }

  @Test func refusesOtherFiles() throws {
    #expect(try refusal([]).contains("does not begin as a .npy file does; save it with numpy.save"))
    #expect(try refusal(Array("PK\u{3}\u{4}whatever".utf8)).contains("does not begin"))
    let array = floatBytes([1, 2])
    #expect(
      try refusal(npyFile("<f4", "(1, 2)", array, order: "True")).contains(
        "Fortran order; save numpy.ascontiguousarray"))
    #expect(
      try refusal(npyFile(header: "{}", array)).contains("does not name descr, fortran_order and shape"))
    #expect(try refusal(npyFile(header: "{}", array, version: 4)).contains("version 4, not 1 to 3"))
    let long =
      "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2)}" + String(repeating: " ", count: 10_000)
    #expect(try refusal(npyFile(header: long, array)).contains("more than 10000 characters"))
    let fields = "[('a', '<f4'), ('b', '<f4')]"
    #expect(
      try refusal(npyFile(header: "{'descr': \(fields), 'fortran_order': False, 'shape': (1,)}", array))
        .contains("does not name"))
    for header in [
      "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2), 'shape': (1, 2)}",
      "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2), 'more': 1}",
      "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2)} x",
      "{'descr': '<f4' 'fortran_order': False, 'shape': (1, 2)}",
      "{'descr': '\\x3cf4', 'fortran_order': False}",
      "{'descr': '<f4', 'fortran_order': 0, 'shape': (1, 2)}", "{'descr': '<f4", "{", "",
      "__import__('os').system('true')",
    ] {
      #expect(try refusal(npyFile(header: header, array)).contains("header"), "\(header)")
    }
    #expect(try refusal(npyFile("<f4", "(0, 2)", [])).contains("in which there is no number"))
    #expect(try refusal(npyFile("<f4", "(2, 0)", [])).contains("in which there is no number"))
  }

  @Test(arguments: [Double.nan, .infinity, -.infinity, 1e39])
  func refusesWhatIsNotFinite(_ value: Double) throws {
    let doubles = try refusal(npyFile("<f8", "(2, 3)", doubleBytes([0, 1, 2, 3, value, 5])))
    #expect(doubles.contains("in sample 1, which is not finite or too large for 32 bits"), "\(doubles)")
    let floats = try refusal(npyFile("<f4", "(3, 2)", floatBytes([0, 1, 2, 3, Float(value), 5])))
    #expect(floats.contains("in sample 2, which is not finite"))
  }

  @Test func survivesDamage() throws {
    let files = [
      npyFile("<f4", "(2, 3)", floatBytes([1, 2, 3, 4, 5, 6])), npyFile("|u1", "(1, 2, 2, 3)", Array(0..<12)),
    ]
    for file in files {
      for count in 0..<file.count { _ = try refusal(Array(file.prefix(count))) }
      _ = try refusal(file + [0])
    }
    var random = TestNumbers(4)
    for round in 0..<3000 {
      do {
        let array = try read(random.mutating(files[round % 2]))
        #expect(array.sample(array.count - 1).count == array.shape.count)
      } catch let error as HourglassError {
        #expect(error.code == .badData, "\(error)")
      }
    }
  }

  // MARK: - Writing

  @Test func writesWhatNumPyWrites() throws {
    let path = "\(directory.path)/out.npy"
    try NPY.write(SampleArray(trustedFloats: [1, -2.5, 3, 4, 5, 6], count: 2, shape: [3]), to: path)
    let bytes = try BoundedFile.read(path, limit: 1000)
    // numpy.save of the same array, format 1.0: 118 characters of header, the last a line feed.
    let header = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }"
    #expect(bytes.prefix(10) == [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, 118, 0])
    #expect(
      String(decoding: bytes[10..<128], as: UTF8.self)
        == header + String(repeating: " ", count: 117 - header.count) + "\n")
    #expect(Array(bytes[128...]) == floatBytes([1, -2.5, 3, 4, 5, 6]))
  }

  @Test(arguments: [[3], [1, 2, 2], [3, 5, 4]] as [Shape]) func readsWhatItWrites(shape: Shape) throws {
    let path = "\(directory.path)/out.npy"
    let numbers = (0..<7 * shape.count).map { Float($0) / 7 }
    try NPY.write(SampleArray(trustedFloats: numbers, count: 7, shape: shape), to: path)
    let array = try NPY.read(path: path)
    #expect(array.shape == shape && array.count == 7)
    #expect((0..<7).flatMap { array.sample($0) } == numbers)
    // Bytes are written as the numbers that they stand for.
    let bytes = try SampleArray(bytes: (0..<3 * shape.count).map { UInt8($0) }, count: 3, shape: shape)
    try NPY.write(bytes, to: path)
    #expect(try NPY.read(path: path).sample(2) == bytes.sample(2))
  }
}
