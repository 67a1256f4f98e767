import ArgumentParser
import Hourglass

extension ChannelAxis: ExpressibleByArgument {}

/// Where the arrays of a NumPy file have their channels.
struct AxesOptions: ParsableArguments {
  @Option(
    name: .customLong("axes"),
    help: ArgumentHelp(
      "Whether the channels of images in a .npy or .npz file are the first axis of an image or the last; found by their number, 1 to 4, if not given.",
      valueName: "first|last"))
  var channels: ChannelAxis?
}
