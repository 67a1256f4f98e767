"""Maps codes by t-SNE of scikit-learn or openTSNE, with the settings of Hourglass."""

import argparse
import json
import time
from pathlib import Path

import numpy


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--method", choices=["sklearn", "opentsne-bh", "opentsne-fft"], required=True
    )
    parser.add_argument("--codes", type=Path, required=True)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--iterations", type=int, default=1000)
    parser.add_argument("--output", type=Path, required=True)
    return parser.parse_args()


def map_with_sklearn(codes, options):
    from sklearn.manifold import TSNE

    embedding = TSNE(
        perplexity=30, max_iter=options.iterations, init="pca", random_state=1, n_jobs=options.threads
    )
    started = time.perf_counter()
    points = embedding.fit_transform(codes)
    return points, embedding.kl_divergence_, time.perf_counter() - started


def map_with_opentsne(codes, options):
    from openTSNE import TSNE

    embedding = TSNE(
        perplexity=30,
        early_exaggeration_iter=250,
        n_iter=options.iterations - 250,
        initialization="pca",
        negative_gradient_method=options.method.split("-")[1],
        n_jobs=options.threads,
        random_state=1,
    )
    started = time.perf_counter()
    points = embedding.fit(codes)
    return numpy.asarray(points), points.kl_divergence, time.perf_counter() - started


def main():
    options = parse_options()
    codes = numpy.loadtxt(options.codes, delimiter=",", skiprows=1, dtype=numpy.float32)
    function = map_with_sklearn if options.method == "sklearn" else map_with_opentsne
    points, divergence, seconds = function(codes, options)
    numpy.savetxt(options.output, points, delimiter=",", header="x,y", comments="")
    print(json.dumps({"seconds": seconds, "divergence": float(divergence)}), flush=True)


if __name__ == "__main__":
    main()
