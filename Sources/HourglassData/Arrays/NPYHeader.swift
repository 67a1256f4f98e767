import HourglassBase
import HourglassFiles

/// What a `.npy` file says of its array: Python's notation of a dictionary, of which only the kinds that NumPy
/// writes for plain numbers are understood.
struct NPYHeader {
  /// How one number is stored.
  struct Element: Equatable {
    enum Kind: Character {
      case unsigned = "u"
      case signed = "i"
      case float = "f"
    }

    let kind: Kind
    let byteCount: Int

    static let byte = Element(kind: .unsigned, byteCount: 1)
    static let float32 = Element(kind: .float, byteCount: 4)

    /// As NumPy writes it.
    var description: String { "\(byteCount == 1 ? "|" : "<")\(kind.rawValue)\(byteCount)" }
  }

  let element: Element
  let shape: [Int]
  /// Where the array begins, in bytes.
  let start: Int

  static let magic: [UInt8] = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59]
  private static let greatestLength = 10_000

  /// The bytes of the whole array.
  var byteCount: Int { shape.reduce(element.byteCount, *) }

  /// Reads the header and checks that the array fills the rest of the source.
  ///
  /// - Throws: `HourglassError` (`badData`) if the source is no such array, with what can be done about it.
  init(_ source: some ByteSource) throws {
    let name = source.name
    func damage(_ what: String, _ remedy: String = fetchAgain) -> HourglassError {
      HourglassError(.badData, "\(name) is no array that can be read: \(what); \(remedy)")
    }
    let mark = try source.next(8)
    guard mark.count == 8, mark.hasPrefix(Self.magic, at: 0) else {
      throw damage("it does not begin as a .npy file does", "save it with numpy.save")
    }
    guard (1...3).contains(mark[6]) else { throw damage("its format is version \(mark[6]), not 1 to 3") }
    let lengthBytes = try source.next(mark[6] == 1 ? 2 : 4)
    let length = lengthBytes.littleEndian(lengthBytes.count, at: 0)
    guard lengthBytes.count == (mark[6] == 1 ? 2 : 4), length <= Self.greatestLength else {
      throw damage("its header has more than \(Self.greatestLength) characters, or ends at once")
    }
    let text = try source.next(length)
    guard text.count == length else { throw damage("it ends within its header") }
    var scanner = NPYHeaderScanner(text)
    guard let fields = scanner.fields() else {
      throw damage("its header does not name descr, fortran_order and shape as NumPy does")
    }
    element = try Self.element(fields.descriptor, damage)
    guard !fields.isFortranOrder else {
      throw damage("its numbers lie in Fortran order", "save numpy.ascontiguousarray of it")
    }
    shape = fields.shape
    start = 8 + lengthBytes.count + length
    let present = source.byteCount - start
    guard Self.product(element.byteCount, shape) == present else {
      let extent = shape.map(String.init).joined(separator: ", ")
      throw damage("it declares \(fields.descriptor) numbers of shape (\(extent)) but holds \(present) bytes")
    }
  }

  /// nil if it is larger than any number.
  private static func product(_ first: Int, _ factors: [Int]) -> Int? {
    var product = first
    for factor in factors {
      let (next, overflow) = product.multipliedReportingOverflow(by: factor)
      if overflow { return nil }
      product = next
    }
    return product
  }

  private static func element(
    _ descriptor: String, _ damage: (String, String) -> HourglassError
  ) throws -> Element {
    let characters = Array(descriptor)
    if descriptor.contains("O") {
      throw damage("it holds Python objects, which are never run", "save numbers")
    }
    guard characters.count == 3, let size = characters[2].wholeNumberValue,
      "<>|=".contains(characters[0]), let kind = Element.Kind(rawValue: characters[1]),
      [1, 2, 4, 8].contains(size),
      kind != .float || size >= 4
    else {
      throw damage(
        "it holds elements of kind \(descriptor.quotedForMessage)",
        "save it as uint8, float32 or float64, as with astype(\"float32\")")
    }
    guard characters[0] == "<" || characters[0] == "|" || size == 1 else {
      throw damage(
        "its numbers are big-endian (\(descriptor))", "save it as float32, as with astype(\"<f4\")")
    }
    return Element(kind: kind, byteCount: size)
  }
}

/// Reads the dictionary of a header, character by character.
private struct NPYHeaderScanner {
  private let text: [UInt8]
  private var place = 0

  init(_ text: [UInt8]) { self.text = text }

  /// The three fields, each once and no other; nil for anything else.
  mutating func fields() -> (descriptor: String, isFortranOrder: Bool, shape: [Int])? {
    var descriptor: String?
    var isFortranOrder: Bool?
    var shape: [Int]?
    guard take("{") else { return nil }
    while !take("}") {
      guard let key = string(), take(":") else { return nil }
      switch key {
      case "descr" where descriptor == nil:
        descriptor = string()
        guard descriptor != nil else { return nil }
      case "fortran_order" where isFortranOrder == nil:
        if take("True") { isFortranOrder = true } else if take("False") { isFortranOrder = false }
        guard isFortranOrder != nil else { return nil }
      case "shape" where shape == nil:
        shape = tuple()
        guard shape != nil else { return nil }
      default: return nil
      }
      if !take(",") {
        guard take("}") else { return nil }
        break
      }
    }
    skipSpace()
    guard place == text.count, let descriptor, let isFortranOrder, let shape else { return nil }
    return (descriptor, isFortranOrder, shape)
  }

  private mutating func skipSpace() {
    while place < text.count, [0x20, 0x09, 0x0a, 0x0d].contains(text[place]) { place += 1 }
  }

  private mutating func take(_ word: String) -> Bool {
    skipSpace()
    guard text.hasPrefix(Array(word.utf8), at: place) else { return false }
    place += word.utf8.count
    return true
  }

  /// A text in single or double quotes, without escapes.
  private mutating func string() -> String? {
    skipSpace()
    guard place < text.count, text[place] == UInt8(ascii: "'") || text[place] == UInt8(ascii: "\"") else {
      return nil
    }
    let rest = text[(place + 1)...]
    guard let end = rest.firstIndex(of: text[place]), !rest[..<end].contains(UInt8(ascii: "\\")) else {
      return nil
    }
    place = end + 1
    return String(validating: rest[..<end], as: UTF8.self)
  }

  /// Whole numbers in round brackets.
  private mutating func tuple() -> [Int]? {
    guard take("(") else { return nil }
    var numbers: [Int] = []
    while !take(")") {
      skipSpace()
      let digits = text[place...].prefix { (48...57).contains($0) }
      guard let number = Int(String(decoding: digits, as: UTF8.self)), numbers.count < 32 else { return nil }
      place += digits.count
      numbers.append(number)
      if !take(",") {
        guard take(")") else { return nil }
        break
      }
    }
    return numbers
  }
}
