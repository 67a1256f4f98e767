#include "jpeg_writer.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>

#include <jpeglib.h>

struct writer {
  struct jpeg_compress_struct codec;
  struct jpeg_error_mgr errors;
  jmp_buf escape;
  const uint8_t *samples;
  int32_t width, height, channels, quality;
  // Here rather than in a local variable, which a jump could leave undetermined.
  unsigned char *bytes;
  unsigned long count;
  jpeg_writing *writing;
};

static void on_error(j_common_ptr codec) {
  struct writer *writer = codec->client_data;
  char message[JMSG_LENGTH_MAX];
  codec->err->format_message(codec, message);
  snprintf(writer->writing->message, sizeof writer->writing->message, "%s", message);
  longjmp(writer->escape, 1);
}

static void on_message(j_common_ptr codec, int level) {
  (void)codec;
  (void)level;
}

static void write_file(struct writer *writer) {
  j_compress_ptr codec = &writer->codec;
  jpeg_create_compress(codec);
  jpeg_mem_dest(codec, &writer->bytes, &writer->count);
  codec->image_width = (JDIMENSION)writer->width;
  codec->image_height = (JDIMENSION)writer->height;
  codec->input_components = writer->channels;
  codec->in_color_space = writer->channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
  jpeg_set_defaults(codec);
  jpeg_set_quality(codec, writer->quality, TRUE);
  codec->optimize_coding = TRUE;
  jpeg_start_compress(codec, TRUE);
  while (codec->next_scanline < codec->image_height) {
    size_t stride = (size_t)writer->width * (size_t)writer->channels;
    JSAMPROW row = (JSAMPROW)(writer->samples + stride * codec->next_scanline);
    jpeg_write_scanlines(codec, &row, 1);
  }
  jpeg_finish_compress(codec);
}

// Its own function: what it holds is not touched after the jump.
static int attempt(struct writer *writer) {
  if (setjmp(writer->escape)) return 0;
  write_file(writer);
  return 1;
}

int jpeg_writer_encode(
    const uint8_t *samples, int32_t width, int32_t height, int32_t channels, int32_t quality, jpeg_writing *writing) {
  struct writer writer = {
      .samples = samples, .width = width, .height = height, .channels = channels, .quality = quality, .writing = writing};
  writing->message[0] = 0;
  writer.codec.err = jpeg_std_error(&writer.errors);
  writer.codec.client_data = &writer;
  writer.errors.error_exit = on_error;
  writer.errors.emit_message = on_message;
  int succeeded = attempt(&writer);
  jpeg_destroy_compress(&writer.codec);
  writing->bytes = writer.bytes;
  writing->count = writer.count;
  if (!succeeded) jpeg_writer_free(writing);
  return succeeded;
}

void jpeg_writer_free(jpeg_writing *writing) {
  free(writing->bytes);
  writing->bytes = NULL;
  writing->count = 0;
}
