// Reads JPEG files in memory with libjpeg. Its way to report an error is a jump out of the middle of its work, which
// Swift cannot take; here it ends within C, whatever the file holds.
#ifndef JPEG_READER_H
#define JPEG_READER_H

#include <stddef.h>
#include <stdint.h>

// What a file says of itself, and what is wrong with it.
typedef struct jpeg_reading {
  int32_t width;
  int32_t height;
  // 1 for grey; 3 for red, green and blue.
  int32_t channels;
  // Bytes that reading the samples takes beside the file and the samples.
  int64_t work_bytes;
  // What a whole file of this size has at least.
  int64_t least_bytes;
  // libjpeg's words for what is wrong, ended by a zero byte.
  char message[256];
} jpeg_reading;

// Reads a file's header. Returns 1; or 0 after an error, with its message.
int jpeg_reader_header(const uint8_t *bytes, size_t count, jpeg_reading *reading);

// Reads a whole file into height * width * channels samples, row by row from the top, the channels of a pixel side by
// side. Returns 1; or 0 after an error or when the data are incomplete, with a message.
int jpeg_reader_samples(
    const uint8_t *bytes, size_t count, jpeg_reading *reading, uint8_t *samples, size_t capacity);

#endif
