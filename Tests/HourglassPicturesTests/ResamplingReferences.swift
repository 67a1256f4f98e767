/// Pillow's results for `ResamplingTests`; `reference.py` makes them.
struct ResamplingReference {
  var width: Int
  var height: Int
  var channels: Int
  var newWidth: Int
  var newHeight: Int
  var bytes: [UInt8]
}

let resamplingReferences = [
  ResamplingReference(
    width: 7, height: 5, channels: 1, newWidth: 3, newHeight: 2,
    bytes: [
      92, 145, 145, 143, 100, 127,
    ]),
  ResamplingReference(
    width: 5, height: 4, channels: 1, newWidth: 8, newHeight: 9,
    bytes: [
      0, 16, 39, 62, 86, 109, 132, 148, 31, 47, 68, 70, 84, 107, 130, 146, 113, 129, 145, 93,
      79, 102, 125, 141, 184, 200, 212, 119, 80, 94, 118, 135, 179, 195, 212, 174, 127, 70, 101, 130,
      174, 190, 212, 228, 173, 45, 84, 125, 168, 184, 207, 230, 174, 37, 65, 96, 163, 179, 202, 225,
      169, 32, 45, 65, 161, 177, 200, 223, 167, 30, 37, 53,
    ]),
  ResamplingReference(
    width: 11, height: 9, channels: 3, newWidth: 4, newHeight: 3,
    bytes: [
      127, 146, 125, 150, 127, 117, 132, 108, 120, 114, 127, 130, 135, 113, 118, 119, 121, 120, 139, 131,
      135, 144, 127, 133, 138, 128, 104, 152, 120, 149, 125, 131, 124, 117, 124, 114,
    ]),
  ResamplingReference(
    width: 3, height: 3, channels: 3, newWidth: 5, newHeight: 2,
    bytes: [
      51, 88, 125, 95, 94, 140, 162, 103, 162, 184, 109, 155, 199, 113, 150, 61, 98, 135, 120, 119,
      101, 209, 150, 49, 135, 134, 116, 86, 123, 160,
    ]),
  ResamplingReference(
    width: 40, height: 1, channels: 1, newWidth: 3, newHeight: 1,
    bytes: [
      132, 124, 127,
    ]),
]
