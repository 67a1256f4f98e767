// Writes JPEG files to memory with libjpeg, whose error jumps end within C.
#ifndef JPEG_WRITER_H
#define JPEG_WRITER_H

#include <stddef.h>
#include <stdint.h>

// A file that was written; `bytes` are to be given to jpeg_writer_free.
typedef struct jpeg_writing {
  uint8_t *bytes;
  size_t count;
  // libjpeg's words for what went wrong, ended by a zero byte.
  char message[256];
} jpeg_writing;

// Writes a picture of height * width * channels samples (1 or 3 channels) with the quality 1 to 100, Huffman tables made
// for it, and everything else as libjpeg has it by default. Returns 1; or 0 after an error, with its message.
int jpeg_writer_encode(
    const uint8_t *samples, int32_t width, int32_t height, int32_t channels, int32_t quality, jpeg_writing *writing);

void jpeg_writer_free(jpeg_writing *writing);

#endif
