import HourglassMessages

/// What a file takes or gives.
package struct GraphPort {
  package enum Extent: Equatable {
    case fixed(Int)
    case named(String)
  }

  package var name: String
  /// The batch first; a name stands for what is known only when the model runs.
  package var extents: [Extent]
  package var meaning: String
  package var element = ONNXElementKind.float

  package init(
    name: String, extents: [Extent], meaning: String, element: ONNXElementKind = .float
  ) {
    (self.name, self.extents, self.meaning, self.element) = (name, extents, meaning, element)
  }

  package var message: ONNXValueInfo {
    var info = ONNXValueInfo()
    info.name = name
    info.docString = meaning
    info.type.tensorType.elemType = element
    // Without axes, too, since a shape that is missing is one that nobody knows.
    info.type.tensorType.shape = ONNXTensorShape()
    info.type.tensorType.shape.dim = extents.map { extent in
      var dimension = ONNXTensorShape.Dimension()
      switch extent {
      case .fixed(let size): dimension.dimValue = Int64(size)
      case .named(let name): dimension.dimParam = name
      }
      return dimension
    }
    return info
  }
}
