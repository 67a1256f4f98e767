"""Searches vectors with FAISS (flat) or hnswlib, with the settings of Hourglass."""

import argparse
import json
import time
from pathlib import Path

import numpy


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", choices=["faiss", "hnswlib"], required=True)
    parser.add_argument("--vectors", type=Path, required=True)
    parser.add_argument("--queries", type=Path, required=True)
    parser.add_argument("--neighbours", type=int, default=10)
    parser.add_argument("--ef", type=int, default=64)
    parser.add_argument("--single", type=int, default=1000, help="queries that are asked one by one")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--build-threads", type=int, default=1, help="of hnswlib")
    parser.add_argument("--output", type=Path, required=True)
    return parser.parse_args()


def faiss_search(vectors, options):
    import faiss

    faiss.omp_set_num_threads(options.threads)
    started = time.perf_counter()
    index = faiss.IndexFlatL2(vectors.shape[1])
    index.add(vectors)
    seconds = time.perf_counter() - started
    return seconds, lambda queries: index.search(queries, options.neighbours)[1]


def hnswlib_search(vectors, options):
    import hnswlib

    started = time.perf_counter()
    index = hnswlib.Index(space="l2", dim=vectors.shape[1])
    index.init_index(max_elements=len(vectors), M=16, ef_construction=200, random_seed=1)
    index.add_items(vectors, num_threads=options.build_threads)
    seconds = time.perf_counter() - started
    index.set_ef(options.ef)

    def search(queries):
        threads = options.threads if len(queries) > 1 else 1
        return index.knn_query(queries, k=options.neighbours, num_threads=threads)[0]

    return seconds, search


def main():
    options = parse_options()
    vectors = numpy.load(options.vectors)
    queries = numpy.load(options.queries)
    program = faiss_search if options.program == "faiss" else hnswlib_search
    build, search = program(vectors, options)
    search(queries[:100])
    started = time.perf_counter()
    found = search(queries)
    batch = time.perf_counter() - started
    singles = queries[: options.single]
    started = time.perf_counter()
    for query in singles:
        search(query[None])
    single = time.perf_counter() - started
    numpy.save(options.output, found.astype(numpy.int64))
    answer = {
        "build_seconds": build,
        "batch_queries_per_second": len(queries) / batch,
        "single_queries_per_second": len(singles) / single,
    }
    print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
