import HourglassPlatform

/// Fourier transforms of real frames, sixteen at a time: each is a lane. Radix 2 by Stockham's scheme, half as long as the frames,
/// since two neighbouring numbers go in as one complex one.
///
/// `@unchecked Sendable`: the tables are written once.
final class FrameTransform: @unchecked Sendable {
  typealias Lanes = SIMD16<Float>
  static let width = 16

  /// Numbers of a frame: a power of two from 8 on.
  let size: Int
  /// Frequencies of a frame, from 0 to half the rate.
  var bins: Int { size / 2 + 1 }

  private let cosines: [Float]
  private let sines: [Float]

  init(size: Int) {
    precondition(size >= 8 && size & (size - 1) == 0, "frames of \(size) numbers cannot be transformed")
    self.size = size
    let angles = (0..<size).map { 2 * Double.pi * Double($0) / Double(size) }
    cosines = angles.map { Float(cos($0)) }
    sines = angles.map { Float(sin($0)) }
  }

  /// Room for one transform.
  final class Room {
    fileprivate let parts: [UnsafeMutablePointer<Lanes>]
    /// The frames: number `n` of all sixteen.
    let frames: UnsafeMutablePointer<Lanes>
    /// The result: `bins` each.
    let real: UnsafeMutablePointer<Lanes>
    let imaginary: UnsafeMutablePointer<Lanes>

    init(_ transform: FrameTransform) {
      func room(_ count: Int) -> UnsafeMutablePointer<Lanes> {
        let memory = UnsafeMutablePointer<Lanes>.allocate(capacity: count)
        memory.initialize(repeating: Lanes(), count: count)
        return memory
      }
      parts = (0..<4).map { _ in room(transform.size / 2) }
      frames = room(transform.size)
      real = room(transform.bins)
      imaginary = room(transform.bins)
    }

    deinit {
      for memory in parts + [frames, real, imaginary] { memory.deallocate() }
    }
  }

  /// The complex transform of `size / 2` numbers.
  ///
  /// - Returns: 0 or 2: where in the room's parts the result lies.
  private func transform(_ room: Room) -> Int {
    let half = size / 2
    var (source, target) = (0, 2)
    // n: length of the transforms that are left, s: how many of them lie side by side.
    var (n, s) = (half, 1)
    while n > 1 {
      let (inReal, inImaginary) = (room.parts[source], room.parts[source + 1])
      let (outReal, outImaginary) = (room.parts[target], room.parts[target + 1])
      if n.isMultiple(of: 4) {
        let quarter = n / 4
        let step = size / n
        for p in 0..<quarter {
          let (c1, s1) = (cosines[p * step], sines[p * step])
          let (c2, s2) = (cosines[2 * p * step], sines[2 * p * step])
          let (c3, s3) = (cosines[3 * p * step], sines[3 * p * step])
          for q in 0..<s {
            let (ar, ai) = (inReal[q + s * p], inImaginary[q + s * p])
            let (br, bi) = (inReal[q + s * (p + quarter)], inImaginary[q + s * (p + quarter)])
            let (cr, ci) = (inReal[q + s * (p + 2 * quarter)], inImaginary[q + s * (p + 2 * quarter)])
            let (dr, di) = (inReal[q + s * (p + 3 * quarter)], inImaginary[q + s * (p + 3 * quarter)])
            let (sumR, sumI, differenceR, differenceI) = (ar + cr, ai + ci, ar - cr, ai - ci)
            // The difference of b and d, turned by a quarter: times i.
            let (bdR, bdI, turnedR, turnedI) = (br + dr, bi + di, di - bi, br - dr)
            let place = q + s * 4 * p
            outReal[place] = sumR + bdR
            outImaginary[place] = sumI + bdI
            let (oneR, oneI) = (differenceR - turnedR, differenceI - turnedI)
            outReal[place + s] = oneR * c1 + oneI * s1
            outImaginary[place + s] = oneI * c1 - oneR * s1
            let (twoR, twoI) = (sumR - bdR, sumI - bdI)
            outReal[place + 2 * s] = twoR * c2 + twoI * s2
            outImaginary[place + 2 * s] = twoI * c2 - twoR * s2
            let (threeR, threeI) = (differenceR + turnedR, differenceI + turnedI)
            outReal[place + 3 * s] = threeR * c3 + threeI * s3
            outImaginary[place + 3 * s] = threeI * c3 - threeR * s3
          }
        }
        (n, s) = (n / 4, s * 4)
      } else {
        // Two are left: no turns.
        for q in 0..<s {
          let (ar, ai, br, bi) = (inReal[q], inImaginary[q], inReal[q + s], inImaginary[q + s])
          outReal[q] = ar + br
          outImaginary[q] = ai + bi
          outReal[q + s] = ar - br
          outImaginary[q + s] = ai - bi
        }
        (n, s) = (1, s * 2)
      }
      swap(&source, &target)
    }
    return source
  }

  /// From the room's frames to its real and imaginary parts.
  func forward(_ room: Room) {
    let half = size / 2
    for place in 0..<half {
      room.parts[0][place] = room.frames[2 * place]
      room.parts[1][place] = room.frames[2 * place + 1]
    }
    let result = transform(room)
    let (real, imaginary) = (room.parts[result], room.parts[result + 1])
    room.real[0] = real[0] + imaginary[0]
    room.imaginary[0] = Lanes()
    room.real[half] = real[0] - imaginary[0]
    room.imaginary[half] = Lanes()
    for k in 1..<half {
      // Even and odd numbers' transforms.
      let (er, ei) = (0.5 * (real[k] + real[half - k]), 0.5 * (imaginary[k] - imaginary[half - k]))
      let (or, oi) = (0.5 * (imaginary[k] + imaginary[half - k]), 0.5 * (real[half - k] - real[k]))
      room.real[k] = er + or * cosines[k] + oi * sines[k]
      room.imaginary[k] = ei + oi * cosines[k] - or * sines[k]
    }
  }

  /// From the room's real and imaginary parts to its frames.
  func inverse(_ room: Room) {
    let half = size / 2
    let (real, imaginary) = (room.real, room.imaginary)
    // The conjugate goes in and its result is taken so: a forward transform does the way back.
    room.parts[0][0] = 0.5 * (real[0] + real[half])
    room.parts[1][0] = -0.5 * (real[0] - real[half])
    for k in 1..<half {
      let (er, ei) = (0.5 * (real[k] + real[half - k]), 0.5 * (imaginary[k] - imaginary[half - k]))
      let (dr, di) = (0.5 * (real[k] - real[half - k]), 0.5 * (imaginary[k] + imaginary[half - k]))
      let (or, oi) = (dr * cosines[k] - di * sines[k], dr * sines[k] + di * cosines[k])
      room.parts[0][k] = er - oi
      room.parts[1][k] = -(ei + or)
    }
    let result = transform(room)
    let scale = 1 / Float(half)
    for place in 0..<half {
      room.frames[2 * place] = room.parts[result][place] * scale
      room.frames[2 * place + 1] = -room.parts[result + 1][place] * scale
    }
  }
}
