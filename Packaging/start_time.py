"""Prints how long a program in another root takes to say its version, warm and with nothing of it in memory.

    start_time.py ROOT PATH
"""

import os
import subprocess
import sys
import time

ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}


def seconds(root, path):
    begin = time.perf_counter()
    subprocess.run(["chroot", root, path, "--version"], check=True, stdout=subprocess.DEVNULL, env=ENVIRONMENT)
    return time.perf_counter() - begin


def cold(root, path):
    os.sync()
    with open("/proc/sys/vm/drop_caches", "w") as caches:
        caches.write("3\n")
    # chroot and what it needs are not what is measured.
    subprocess.run(["chroot", "/", "/bin/true"], check=True, env=ENVIRONMENT)
    return seconds(root, path)


def main():
    root, path = sys.argv[1:]
    colds = [cold(root, path) for _ in range(5)]
    warms = [seconds(root, path) for _ in range(20)]
    print(f" {sorted(colds)[2]:.2f} s, warm {1000 * sorted(warms)[10]:.0f} ms")


main()
