#include "jpeg_reader.h"

#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include <jerror.h>
#include <jpeglib.h>

// Cameras and programs use about ten.
enum { MOST_SCANS = 200 };
// Every scan goes over its blocks, however few bytes it has: so many visits any file may cost, and so many a byte of it.
// Honest files have about ten scans, and at least a bit for each block in the first.
enum { FREE_VISITS = 1 << 24, VISITS_OF_BYTE = 128 };

struct reader {
  struct jpeg_decompress_struct codec;
  struct jpeg_error_mgr errors;
  struct jpeg_progress_mgr progress;
  jmp_buf escape;
  const uint8_t *bytes;
  size_t count;
  jpeg_reading *reading;
  uint8_t *samples;
  size_t capacity;
};

static _Noreturn void leave(struct reader *reader, const char *message) {
  snprintf(reader->reading->message, sizeof reader->reading->message, "%s", message);
  longjmp(reader->escape, 1);
}

static void on_error(j_common_ptr codec) {
  char message[JMSG_LENGTH_MAX];
  codec->err->format_message(codec, message);
  leave(codec->client_data, message);
}

// libjpeg goes on after a warning, with grey where data are missing.
static void on_message(j_common_ptr codec, int level) {
  if (level >= 0) return;
  switch (codec->err->msg_code) {
    case JWRN_HIT_MARKER:
    case JWRN_HUFF_BAD_CODE:
    case JWRN_JPEG_EOF:
    case JWRN_MUST_RESYNC:
      on_error(codec);
      break;
    default:
      // Programs leave odd bytes between segments, which lose nothing.
      break;
  }
}

// Blocks of 8 x 8 numbers, those of all components together.
static int64_t block_count(j_decompress_ptr codec) {
  int64_t count = 0;
  for (int index = 0; index < codec->num_components; index++) {
    jpeg_component_info *component = codec->comp_info + index;
    count += (int64_t)component->width_in_blocks * (int64_t)component->height_in_blocks;
  }
  return count;
}

static void on_progress(j_common_ptr codec) {
  struct reader *reader = codec->client_data;
  if (((j_decompress_ptr)codec)->input_scan_number > MOST_SCANS) leave(reader, "too many scans");
  int64_t visits = block_count((j_decompress_ptr)codec) * ((j_decompress_ptr)codec)->input_scan_number;
  if (visits > FREE_VISITS && visits > VISITS_OF_BYTE * (int64_t)reader->count) {
    leave(reader, "too many scans for its size");
  }
}

static void read_header(struct reader *reader) {
  j_decompress_ptr codec = &reader->codec;
  jpeg_create_decompress(codec);
  reader->progress.progress_monitor = on_progress;
  codec->progress = &reader->progress;
  jpeg_mem_src(codec, (unsigned char *)reader->bytes, (unsigned long)reader->count);
  jpeg_read_header(codec, TRUE);
  switch (codec->jpeg_color_space) {
    case JCS_GRAYSCALE:
      codec->out_color_space = JCS_GRAYSCALE;
      break;
    case JCS_CMYK:
    case JCS_YCCK:
      codec->out_color_space = JCS_CMYK;
      break;
    default:
      codec->out_color_space = JCS_RGB;
      break;
  }
  reader->reading->width = (int32_t)codec->image_width;
  reader->reading->height = (int32_t)codec->image_height;
  reader->reading->channels = codec->out_color_space == JCS_GRAYSCALE ? 1 : 3;
  int64_t blocks = block_count(codec);
  // Huffman codes have at least a bit; arithmetic ones have no bound.
  reader->reading->least_bytes = codec->arith_code ? 0 : blocks / 8;
  // With several scans all blocks are held until the last; else a few rows.
  reader->reading->work_bytes = jpeg_has_multiple_scans(codec) ? blocks * DCTSIZE2 * (int64_t)sizeof(JCOEF) : 0;
}

// Four inks on white; Adobe's programs, which write nearly all such files, store what is left free of ink.
static void mix_inks(const JSAMPLE *inks, uint8_t *samples, size_t pixels, int are_inverted) {
  for (size_t pixel = 0; pixel < pixels; pixel++) {
    const JSAMPLE *ink = inks + 4 * pixel;
    unsigned black = are_inverted ? ink[3] : 255u - ink[3];
    for (int channel = 0; channel < 3; channel++) {
      unsigned light = are_inverted ? ink[channel] : 255u - ink[channel];
      samples[3 * pixel + (size_t)channel] = (uint8_t)((light * black + 127) / 255);
    }
  }
}

static void read_samples(struct reader *reader) {
  j_decompress_ptr codec = &reader->codec;
  read_header(reader);
  size_t stride = (size_t)codec->image_width * (size_t)reader->reading->channels;
  if (reader->capacity != stride * codec->image_height) leave(reader, "the size changed while reading");
  jpeg_start_decompress(codec);
  JSAMPARRAY inks = NULL;
  if (codec->out_color_space == JCS_CMYK) {
    inks = codec->mem->alloc_sarray((j_common_ptr)codec, JPOOL_IMAGE, codec->image_width * 4, 1);
  }
  while (codec->output_scanline < codec->output_height) {
    uint8_t *samples = reader->samples + stride * codec->output_scanline;
    JSAMPROW row = inks ? inks[0] : samples;
    if (jpeg_read_scanlines(codec, &row, 1) != 1) leave(reader, "a row is missing");
    if (inks) mix_inks(row, samples, codec->image_width, codec->saw_Adobe_marker);
  }
  jpeg_finish_decompress(codec);
}

// Its own function: what it holds is not touched after the jump.
static int attempt(struct reader *reader, void (*work)(struct reader *)) {
  if (setjmp(reader->escape)) return 0;
  work(reader);
  return 1;
}

static int run(struct reader *reader, void (*work)(struct reader *)) {
  reader->codec.err = jpeg_std_error(&reader->errors);
  reader->codec.client_data = reader;
  reader->errors.error_exit = on_error;
  reader->errors.emit_message = on_message;
  reader->reading->message[0] = 0;
  int succeeded = attempt(reader, work);
  jpeg_destroy_decompress(&reader->codec);
  return succeeded;
}

int jpeg_reader_header(const uint8_t *bytes, size_t count, jpeg_reading *reading) {
  struct reader reader = {.bytes = bytes, .count = count, .reading = reading};
  return run(&reader, read_header);
}

int jpeg_reader_samples(
    const uint8_t *bytes, size_t count, jpeg_reading *reading, uint8_t *samples, size_t capacity) {
  struct reader reader = {
      .bytes = bytes, .count = count, .reading = reading, .samples = samples, .capacity = capacity};
  return run(&reader, read_samples);
}
