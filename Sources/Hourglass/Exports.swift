// A program that trains a model needs layers, optimizers, samples and data sets, which live in targets of their own.
// `public import` would let this target use them in its interface but not pass their names on; only this does, so
// that `import Hourglass` is all a user writes.
@_exported import HourglassBase
@_exported import HourglassCompression
@_exported import HourglassData
@_exported import HourglassDatabases
@_exported import HourglassDenoising
@_exported import HourglassDetection
@_exported import HourglassDrawing
@_exported import HourglassEngine
@_exported import HourglassFiles
@_exported import HourglassGraph
@_exported import HourglassLearning
@_exported import HourglassModels
@_exported import HourglassNN
@_exported import HourglassONNX
@_exported import HourglassPictures
@_exported import HourglassProjection
@_exported import HourglassReports
@_exported import HourglassRuns
@_exported import HourglassSearch
@_exported import HourglassSound
@_exported import HourglassSoundDenoising
@_exported import HourglassSoundDetection
@_exported import HourglassTensorBoard
