import HourglassBase
import HourglassNN
import Testing

@Suite struct ShuffleWindowTests {
  /// Files of 5, 0, 3, 7, 1, 6 and 8 samples.
  private let files = [0..<5, 5..<5, 5..<8, 8..<15, 15..<16, 16..<22, 22..<30]

  private func order(_ width: Int, epoch: UInt32) -> (places: [UInt32], windows: [Range<Int>]) {
    var random = RandomNumbers(seed: 3, purpose: .shuffling, stream: epoch)
    return ShuffleWindow(files: files, width: width).order(&random)
  }

  @Test(arguments: [1, 2, 4, 6, 100])
  func eachSampleComesOnceAndWithThoseOfItsWindow(_ width: Int) {
    for epoch in 0..<20 as Range<UInt32> {
      let (places, windows) = order(width, epoch: epoch)
      #expect(places.sorted() == (0..<30).map { UInt32($0) })
      #expect(windows.flatMap { Array($0) } == Array(0..<30))
      #expect(windows.count == (6 + width - 1) / width)
      for window in windows {
        let inside = Set(places[window].map { Int($0) })
        // Whole files, as many as the window has.
        let whole = files.filter { !$0.isEmpty && inside.isSuperset(of: $0) }
        #expect(whole.reduce(0) { $0 + $1.count } == inside.count && whole.count <= width)
      }
    }
  }

  @Test func theOrderIsAnotherInEachEpoch() {
    let orders = Set((0..<20 as Range<UInt32>).map { order(2, epoch: $0).places })
    #expect(orders.count == 20)
    #expect(order(2, epoch: 7).places == order(2, epoch: 7).places)
  }

  /// Both the files' order and that within them.
  @Test func everyFileComesFirstInSomeEpoch() {
    let firsts = Set((0..<200 as Range<UInt32>).map { order(1, epoch: $0).places[0] })
    #expect(firsts.count > 20)
  }
}
