extension TestNumbers {
  /// `bytes` with one to three flips, cuts, insertions, repetitions or replaced characters.
  package mutating func mutating(_ bytes: [UInt8]) -> [UInt8] {
    var result = bytes
    for _ in 0..<Int.random(in: 1...3, using: &self) {
      let place = Int.random(in: 0...result.count, using: &self)
      switch Int.random(in: 0..<6, using: &self) {
      case 0: result.removeSubrange(place...)
      case 1: result.insert(UInt8.random(in: .min ... .max, using: &self), at: place)
      case 2:
        let end = min(result.count, place + Int.random(in: 1...16, using: &self))
        result.insert(contentsOf: result[place..<end], at: place)
      case 3:
        let end = min(result.count, place + Int.random(in: 1...16, using: &self))
        result.removeSubrange(place..<end)
      case 4 where place < result.count:
        result[place] ^= 1 << UInt8.random(in: 0..<8, using: &self)
      default:
        // Characters with a meaning in JSON reach further into the reader than arbitrary bytes.
        let characters = Array("{}[]\",:\\0123456789-eE. u".utf8)
        if place < result.count, let character = characters.randomElement(using: &self) {
          result[place] = character
        }
      }
    }
    return result
  }
}
