import HourglassBase
import HourglassData
import HourglassTestSupport
import Testing

struct AugmentationTests {
  /// One image through one transformation.
  private func transformed(
    _ bytes: [UInt8], _ shape: Shape, _ transformation: Augmentation.Transformation, angle: Double = -30
  ) throws -> [UInt8] {
    let samples = try SampleArray(bytes: bytes, count: 1, shape: shape)
    let more = try Augmentation(share: 1, transformations: [transformation], angle: angle).extended(
      samples, seed: 1)
    #expect(more.count == 2 && more.sample(0) == samples.sample(0))
    return more.sample(1).map { UInt8(($0 * 255).rounded()) }
  }

  private let six: [UInt8] = [1, 2, 3, 4, 5, 6]

  @Test func flips() throws {
    #expect(try transformed(six, [1, 2, 3], .flipLeftRight) == [3, 2, 1, 6, 5, 4])
    #expect(try transformed(six, [1, 2, 3], .flipUpDown) == [4, 5, 6, 1, 2, 3])
    // Channel by channel.
    #expect(try transformed(six, [3, 1, 2], .flipLeftRight) == [2, 1, 4, 3, 6, 5])
  }

  @Test func turnsByQuarters() throws {
    let nine: [UInt8] = [1, 2, 3, 4, 5, 6, 7, 8, 9]
    // Counter-clockwise: the right column becomes the top row.
    #expect(try transformed(nine, [1, 3, 3], .rotate, angle: 90) == [3, 6, 9, 2, 5, 8, 1, 4, 7])
    #expect(try transformed(nine, [1, 3, 3], .rotate, angle: -90) == [7, 4, 1, 8, 5, 2, 9, 6, 3])
    #expect(try transformed(six, [1, 2, 3], .rotate, angle: 180) == [6, 5, 4, 3, 2, 1])
    #expect(try transformed(six, [1, 2, 3], .rotate, angle: 0) == six)
    #expect(try transformed(six, [1, 2, 3], .rotate, angle: 360) == six)
    // A quarter of a picture that is not square: what was beyond its edges is 0.
    #expect(try transformed([1, 2, 3], [1, 1, 3], .rotate, angle: 90) == [0, 2, 0])
  }

  /// By hand: a pixel at (x, y) from the centre, y downwards, takes what lies at
  /// (x cos a - y sin a, x sin a + y cos a), with a = -30 degrees.
  @Test func turnsByThirtyDegrees() throws {
    var image = [UInt8](repeating: 0, count: 25)
    image[2 * 5 + 3] = 200
    let turned = try transformed(image, [1, 5, 5], .rotate)
    // The bright pixel at (1, 0) is seen from (1, 1): it lies at (1.366, 0.366), so 0.634 * 0.634 of it.
    #expect(turned[3 * 5 + 3] == 80)
    // From (1, 0): (0.866, -0.5), so 0.866 * 0.5 of it.
    #expect(turned[2 * 5 + 3] == 87)
    #expect(turned[1 * 5 + 3] == 0, "clockwise, as the picture is seen: nothing above")
    #expect(turned[2 * 5 + 2] == 0)
    #expect(turned.reduce(0) { $0 + Int($1) } < 230)
  }

  @Test func addsTheShareAndDependsOnTheSeedAlone() throws {
    let bytes = (0..<200 * 4).map { UInt8($0 / 4) }
    let samples = try SampleArray(bytes: bytes, count: 200, shape: [1, 2, 2])
    let augmentation = try Augmentation(share: 0.3, transformations: [.flipLeftRight, .flipUpDown])
    let more = try augmentation.extended(samples, seed: 5)
    #expect(more.count == 260 && more.shape == [1, 2, 2] && more.element == samples.element)
    for index in [0, 57, 199] { #expect(more.sample(index) == samples.sample(index)) }
    let added = (200..<260).map { more.sample($0) }
    #expect(Set(added).count == 60, "no image is taken twice")
    let again = try augmentation.extended(samples, seed: 5)
    #expect((200..<260).map { again.sample($0) } == added)
    let other = try augmentation.extended(samples, seed: 6)
    #expect((200..<260).map { other.sample($0) } != added)
  }

  /// Each transformation as often as the others, as far as chance allows: 300 draws of three.
  @Test func drawsEveryTransformation() throws {
    let image: [UInt8] = [10, 20, 30, 40]
    let samples = try SampleArray(
      bytes: (0..<300).flatMap { _ in image }, count: 300, shape: [1, 2, 2])
    let more = try Augmentation(
      share: 1, transformations: [.flipLeftRight, .flipUpDown, .rotate], angle: 180
    )
    .extended(samples, seed: 2)
    var counts: [[Float]: Int] = [:]
    for index in 300..<600 { counts[more.sample(index), default: 0] += 1 }
    #expect(counts.count == 3 && counts.values.allSatisfy { 70...130 ~= $0 }, "\(counts)")
  }

  @Test func edges() throws {
    let samples = try SampleArray(bytes: six, count: 1, shape: [1, 2, 3])
    #expect(try Augmentation(share: 0, transformations: [.rotate]).extended(samples, seed: 1).count == 1)
    #expect(try Augmentation(share: 0.4, transformations: [.rotate]).extended(samples, seed: 1).count == 1)
    let vectors = try SampleArray(bytes: six, count: 1, shape: [6])
    let error = thrownError {
      _ = try Augmentation(share: 1, transformations: [.rotate]).extended(vectors, seed: 1)
    }
    #expect(error.code == .usage && error.says("augment is for images of bytes", "shape (6)"))
    let floats = try SampleArray(floats: [1], count: 1, shape: [1, 1, 1])
    #expect(
      thrownError { _ = try Augmentation(share: 1, transformations: [.rotate]).extended(floats, seed: 1) }
        .says("32-bit floats"))
  }
}
