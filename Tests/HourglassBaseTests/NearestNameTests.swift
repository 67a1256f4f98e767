import HourglassBase
import Testing

struct NearestNameTests {
  @Test(arguments: [
    ("fashion-mnits", "fashion-mnist"), ("fashion_mnist", "fashion-mnist"), ("FashionMNIST", "fashion-mnist"),
    ("fashion", "fashion-mnist"), ("minst", "mnist"), ("MNIST", "mnist"), ("mnis", "mnist"),
    ("emnist", "mnist"),
  ]) func findsTheIntendedName(mistyped: String, intended: String) {
    #expect(nearestName(to: mistyped, among: ["fashion-mnist", "mnist"]) == intended)
  }

  @Test(arguments: ["", "cifar-10", "x", "m", "imagenet", String(repeating: "mnist", count: 100)])
  func suggestsNothingFarFetched(name: String) {
    #expect(nearestName(to: name, among: ["fashion-mnist", "mnist"]) == nil)
  }

  @Test func prefersTheNearestAndThenTheFirst() {
    #expect(nearestName(to: "conv3d", among: ["conv1d", "conv2d"]) == "conv1d")
    #expect(nearestName(to: "conv2s", among: ["conv1d", "conv2d"]) == "conv2d")
    #expect(nearestName(to: "learning", among: []) == nil)
  }
}
