#include "mpi_processes.h"

static _Thread_local char error_text[MPI_PROCESSES_TEXT];

const char *mpi_processes_error(void) { return error_text; }

#ifdef HOURGLASS_MPI

#include <limits.h>
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

typedef struct {
  MPI_Request request;
  int is_used;
  int receives;
  int other;
} transfer_slot;

static transfer_slot *slots;
static int32_t slot_count;
/// Where a look for a free slot begins.
static int32_t next_slot;

int32_t mpi_processes_are_built(void) { return 1; }

static int32_t result(int code) {
  if (code == MPI_SUCCESS) return MPI_PROCESSES_DONE;
  char text[MPI_MAX_ERROR_STRING];
  int length = 0;
  if (MPI_Error_string(code, text, &length) != MPI_SUCCESS) length = snprintf(text, sizeof text, "error %d", code);
  snprintf(error_text, sizeof error_text, "%.*s", length, text);
  return MPI_PROCESSES_FAILED;
}

static int32_t refuse(const char *why) {
  snprintf(error_text, sizeof error_text, "%s", why);
  return MPI_PROCESSES_FAILED;
}

/// MPI waits for all processes here, which would be for ever where one is lost.
static void end(void) {
  int is_finalized = 0;
  for (int32_t i = 0; i < slot_count; i++)
    if (slots[i].is_used) return;
  if (MPI_Finalized(&is_finalized) == MPI_SUCCESS && !is_finalized) MPI_Finalize();
}

int32_t mpi_processes_begin(int32_t *rank, int32_t *count, char *host) {
  int level = 0;
  if (result(MPI_Init_thread(NULL, NULL, MPI_THREAD_SERIALIZED, &level)) != MPI_PROCESSES_DONE) return MPI_PROCESSES_FAILED;
  if (level < MPI_THREAD_SERIALIZED) return refuse("it cannot be called from several threads, one at a time");
  MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
  int mine = 0, all = 0, length = 0;
  char name[MPI_MAX_PROCESSOR_NAME] = {0};
  int code = MPI_Comm_rank(MPI_COMM_WORLD, &mine);
  if (code == MPI_SUCCESS) code = MPI_Comm_size(MPI_COMM_WORLD, &all);
  if (code == MPI_SUCCESS) code = MPI_Get_processor_name(name, &length);
  if (code != MPI_SUCCESS) return result(code);
  snprintf(host, MPI_PROCESSES_TEXT, "%.*s", length, name);
  *rank = mine;
  *count = all;
  atexit(end);
  return MPI_PROCESSES_DONE;
}

static int32_t free_slot(void) {
  for (int32_t step = 0; step < slot_count; step++) {
    int32_t slot = (next_slot + step) % slot_count;
    if (!slots[slot].is_used) {
      next_slot = slot + 1;
      return slot;
    }
  }
  int32_t more = slot_count ? 2 * slot_count : 64;
  transfer_slot *grown = realloc(slots, (size_t)more * sizeof *slots);
  if (!grown) return -1;
  memset(grown + slot_count, 0, (size_t)(more - slot_count) * sizeof *slots);
  slots = grown;
  int32_t slot = slot_count;
  slot_count = more;
  next_slot = slot + 1;
  return slot;
}

static int32_t begin_transfer(void *bytes, int64_t count, int other, mpi_processes_kind kind, int receives,
                              int32_t *transfer) {
  if (count > INT_MAX) return refuse("a message has more than 2^31 - 1 bytes");
  int32_t slot = free_slot();
  if (slot < 0) return refuse("there is no memory for another transfer");
  int code = receives ? MPI_Irecv(bytes, (int)count, MPI_BYTE, other, (int)kind, MPI_COMM_WORLD, &slots[slot].request)
                      : MPI_Isend(bytes, (int)count, MPI_BYTE, other, (int)kind, MPI_COMM_WORLD, &slots[slot].request);
  if (code != MPI_SUCCESS) return result(code);
  slots[slot].is_used = 1;
  slots[slot].receives = receives;
  slots[slot].other = other;
  *transfer = slot;
  return MPI_PROCESSES_DONE;
}

int32_t mpi_processes_send(const void *bytes, int64_t count, int32_t to, mpi_processes_kind kind, int32_t *transfer) {
  return begin_transfer((void *)bytes, count, to, kind, 0, transfer);
}

int32_t mpi_processes_receive(void *bytes, int64_t count, int32_t from, mpi_processes_kind kind, int32_t *transfer) {
  return begin_transfer(bytes, count, from, kind, 1, transfer);
}

int32_t mpi_processes_test(int32_t transfer, int64_t *received) {
  if (transfer < 0 || transfer >= slot_count || !slots[transfer].is_used) return refuse("there is no such transfer");
  int is_done = 0, bytes = 0;
  MPI_Status status;
  int code = MPI_Test(&slots[transfer].request, &is_done, &status);
  if (code != MPI_SUCCESS) return result(code);
  if (!is_done) return MPI_PROCESSES_PENDING;
  slots[transfer].is_used = 0;
  if (slots[transfer].receives) {
    code = MPI_Get_count(&status, MPI_BYTE, &bytes);
    if (code != MPI_SUCCESS) return result(code);
  }
  *received = bytes;
  return MPI_PROCESSES_DONE;
}

int32_t mpi_processes_abandon(int32_t milliseconds) {
  for (int32_t i = 0; i < slot_count; i++)
    if (slots[i].is_used && slots[i].receives) MPI_Cancel(&slots[i].request);
  struct timespec start, now;
  clock_gettime(CLOCK_MONOTONIC, &start);
  for (;;) {
    int32_t left = 0, left_to_first = 0;
    for (int32_t i = 0; i < slot_count; i++) {
      if (!slots[i].is_used) continue;
      int is_done = 0;
      if (MPI_Test(&slots[i].request, &is_done, MPI_STATUS_IGNORE) == MPI_SUCCESS && is_done)
        slots[i].is_used = 0;
      else {
        left++;
        left_to_first += slots[i].other == 0;
      }
    }
    clock_gettime(CLOCK_MONOTONIC, &now);
    int64_t waited = (now.tv_sec - start.tv_sec) * 1000 + (now.tv_nsec - start.tv_nsec) / 1000000;
    if (left == 0 || waited >= milliseconds) return left_to_first;
    usleep(100);
  }
}

#else

int32_t mpi_processes_are_built(void) { return 0; }

int32_t mpi_processes_begin(int32_t *rank, int32_t *count, char *host) {
  (void)rank, (void)count, (void)host;
  return MPI_PROCESSES_FAILED;
}

int32_t mpi_processes_send(const void *bytes, int64_t count, int32_t to, mpi_processes_kind kind, int32_t *transfer) {
  (void)bytes, (void)count, (void)to, (void)kind, (void)transfer;
  return MPI_PROCESSES_FAILED;
}

int32_t mpi_processes_receive(void *bytes, int64_t count, int32_t from, mpi_processes_kind kind, int32_t *transfer) {
  (void)bytes, (void)count, (void)from, (void)kind, (void)transfer;
  return MPI_PROCESSES_FAILED;
}

int32_t mpi_processes_test(int32_t transfer, int64_t *received) {
  (void)transfer, (void)received;
  return MPI_PROCESSES_FAILED;
}

int32_t mpi_processes_abandon(int32_t milliseconds) {
  (void)milliseconds;
  return 0;
}

#endif
