import HourglassBase
import HourglassGraph
import Testing

/// Phases and taps against the definition of a window, term by term.
@Suite struct AxisPlanTests {
  static let axes: [WindowAxis] = {
    var axes: [WindowAxis] = []
    for input in [1, 2, 3, 5, 8] {
      for kernel in 1...5 {
        for stride in 1...4 {
          for padding in Padding.allCases {
            axes.append(WindowAxis(input: input, kernel: kernel, stride: stride, padding: padding))
            axes.append(WindowAxis(transposedInput: input, kernel: kernel, stride: stride, padding: padding))
          }
          for upsampling in 2...4 {
            for padding in 0..<kernel {
              let output = (input * upsampling + 2 * padding - kernel) / stride + 1
              axes.append(
                WindowAxis(
                  input: input, output: max(output, 1), kernel: kernel, stride: stride, padding: padding,
                  upsampling: upsampling))
            }
          }
        }
      }
    }
    return axes.filter { $0.output > 0 }
  }()

  /// A product: which output takes which input with which weight.
  private struct Product: Hashable {
    var target: Int
    var source: Int
    var kernel: Int
  }

  /// Every product of the definition, as (output, input, kernel).
  private func definition(_ axis: WindowAxis) -> [Product: Int] {
    var products: [Product: Int] = [:]
    for output in 0..<axis.output {
      for kernel in 0..<axis.kernel {
        let place = output * axis.stride + kernel - axis.padding
        guard place >= 0, place < axis.input * axis.upsampling else { continue }
        products[Product(target: output, source: place / axis.upsampling, kernel: kernel), default: 0] += 1
      }
    }
    return products
  }

  /// Every product of a plan whose source lies inside, and whether each target is written exactly once.
  private func products(
    _ plan: AxisPlan, targets: Int, sources: Int
  ) -> (products: [Product: Int], isComplete: Bool) {
    var products: [Product: Int] = [:]
    var written = [Int](repeating: 0, count: targets)
    let halo = plan.halo(size: sources)
    for phase in plan.phases {
      for position in 0..<phase.count {
        let target = phase.first + position * plan.outputStep
        guard written.indices.contains(target) else { return (products, false) }
        written[target] += 1
        for tap in phase.taps {
          let source = position * plan.inputStep + tap.offset
          guard source >= -halo.before, source < sources + halo.after else { return (products, false) }
          guard source >= 0, source < sources else { continue }
          for kernel in tap.kernels {
            products[Product(target: target, source: source, kernel: kernel), default: 0] += 1
          }
        }
      }
    }
    return (products, written.allSatisfy { $0 == 1 })
  }

  @Test(arguments: axes)
  func forwardPlanHasTheProductsOfTheDefinition(_ axis: WindowAxis) {
    let found = products(AxisPlan(forward: axis), targets: axis.output, sources: axis.input)
    #expect(found.isComplete)
    #expect(found.products == definition(axis))
  }

  @Test(arguments: axes)
  func transposedPlanHasTheSameProductsTurned(_ axis: WindowAxis) {
    let found = products(AxisPlan(transposed: axis), targets: axis.input, sources: axis.output)
    var expected: [Product: Int] = [:]
    for (product, count) in definition(axis) {
      let turned = Product(target: product.source, source: product.target, kernel: product.kernel)
      expected[turned, default: 0] += count
    }
    #expect(found.isComplete)
    #expect(found.products == expected)
  }

  @Test func upsamplingBeforeThreeTapsNeedsTwo() {
    let axis = WindowAxis(input: 8, output: 16, kernel: 3, stride: 1, padding: 1, upsampling: 2)
    #expect(AxisPlan(forward: axis).phases.map(\.taps.count) == [2, 2])
  }

  @Test func transposedStrideTwoNeedsTwoTapsAndOne() {
    let axis = WindowAxis(transposedInput: 7, kernel: 3, stride: 2, padding: .same)
    #expect(AxisPlan(transposed: axis).phases.map(\.taps.count).sorted() == [1, 2])
  }
}
