import HourglassBase
import HourglassPictures
import HourglassTestSupport
import Testing

struct PictureTests {
  @Test func makesPicturesOfSamples() throws {
    let grey = try Picture(samples: [0, 0.5, 1, -3, 7, .nan], shape: [1, 2, 3])
    #expect((grey.width, grey.height, grey.channels) == (3, 2, 1))
    #expect(grey.bytes == [0, 128, 255, 0, 255, 0])
    #expect(try Picture(samples: [0, 1, .infinity, -.infinity], shape: [2, 2]).bytes == [0, 255, 255, 0])
    let coloured = try Picture(samples: [0, 1, 0.2, 0.4, 0.6, 0.8], shape: [3, 1, 2])
    #expect(coloured.bytes == [0, 51, 153, 255, 102, 204])
    // Every byte comes back from the number it stands for.
    let levels = (0...255).map { Float($0) * (1 / 255) }
    #expect(try Picture(samples: levels, shape: [16, 16]).bytes == Array(0...255))
  }

  @Test func refusesOtherShapes() throws {
    for shape in [[2, 2, 2], [4], [1, 2, 3, 1], [1, 0, 2], [1, 3, 3], []] as [Shape] {
      let error = thrownError { _ = try Picture(samples: Array(repeating: 0, count: 8), shape: shape) }
      #expect(error.code == .usage)
      #expect(
        error.message
          == "Cannot make a picture of 8 numbers in the shape \(shape); "
          + "give 1 or 3 channels of height times width.")
    }
  }

  @Test func enlargesByRepeating() throws {
    let picture = Picture(width: 2, height: 1, channels: 3, trusted: [1, 2, 3, 4, 5, 6])
    let row: [UInt8] = [1, 2, 3, 1, 2, 3, 4, 5, 6, 4, 5, 6]
    #expect(try picture.enlarged(by: 2) == Picture(width: 4, height: 2, channels: 3, trusted: row + row))
    #expect(try picture.enlarged(by: 1) == picture)
  }
}
