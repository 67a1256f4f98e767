// What the program needs of MPI, as functions: MPI's own names are macros, and handles of other types in each implementation.
// Without the package trait `MPI` there is nothing behind them, and mpi_processes_are_built says so.
#pragma once

#include <stdint.h>

// What a call gives.
#define MPI_PROCESSES_DONE 0
#define MPI_PROCESSES_FAILED (-1)
#define MPI_PROCESSES_PENDING (-2)

/// Most bytes of a name or a message of an error, with the zero at its end.
#define MPI_PROCESSES_TEXT 512

/// Messages of training, and what a process says before it leaves.
typedef enum { MPI_PROCESSES_WORK = 1, MPI_PROCESSES_LAST_WORDS = 2 } mpi_processes_kind;

/// 1 where the program can work with others, else 0.
int32_t mpi_processes_are_built(void);

/// Joins the processes that were started together, once. At the process's end it leaves them.
int32_t mpi_processes_begin(int32_t *rank, int32_t *count, char *host);

/// Why the last call failed.
const char *mpi_processes_error(void);

/// Begins to send; the bytes must stay until the transfer has ended.
int32_t mpi_processes_send(const void *bytes, int64_t count, int32_t to, mpi_processes_kind kind, int32_t *transfer);

/// Begins to receive at most so many bytes.
int32_t mpi_processes_receive(void *bytes, int64_t count, int32_t from, mpi_processes_kind kind, int32_t *transfer);

/// Looks once: DONE and how many bytes came, PENDING, or FAILED. A transfer that is done is gone.
int32_t mpi_processes_test(int32_t transfer, int64_t *received);

/// Gives up what has not ended, and waits at most so many milliseconds for what cannot be given up. Gives
/// how much is left that goes to process 0.
int32_t mpi_processes_abandon(int32_t milliseconds);
