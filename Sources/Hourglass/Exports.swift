// A program that trains a model needs layers, optimizers, samples and data sets, which live in targets of their own.
// `public import` would let this target use them in its interface but not pass their names on; only this does, so
// that `import Hourglass` is all a user writes.
@_exported import HourglassData
@_exported import HourglassEngine
@_exported import HourglassGraph
@_exported import HourglassNN
