"""Prints the figures of SpectrogramReferences.swift: pip install librosa==0.11.0, then reference.py > SpectrogramReferences.swift."""

import librosa
import numpy as np

# The signal that `Signals.spoken` makes: a tone, a chirp and noise of a linear congruential generator, from -1 to 1.
COUNT, RATE = 9000, 16000
state, noise = 12345, []
for _ in range(COUNT):
    state = (state * 1103515245 + 12345) % 2**31
    noise.append(state / 2**31 - 0.5)
times = np.arange(COUNT) / RATE
signal = 0.2 * np.array(noise) + 0.3 * np.sin(2 * np.pi * 440 * times) + 0.2 * np.sin(2 * np.pi * (500 + 1000 * times) * times)
signal = signal.astype(np.float32)

print("// Made by reference.py: librosa", librosa.__version__)
print()
print("/// librosa's decibels of three frames (the first, the fourth, the last), every seventh band.")
print("let spectrogramReferences: [SpectrogramReference] = [")
for scale, power, centred, window, hop, mels in [
    ("slaney", 2, True, 1024, 512, 128), ("htk", 1, False, 512, 160, 40),
    ("slaney", 1, True, 2048, 500, 64), ("htk", 2, True, 4096, 1024, 80),
]:
    bands = librosa.feature.melspectrogram(
        y=signal, sr=RATE, n_fft=window, hop_length=hop, n_mels=mels, power=power, center=centred, htk=scale == "htk")
    levels = librosa.power_to_db(bands, top_db=None) if power == 2 else librosa.amplitude_to_db(bands, top_db=None, amin=1e-10)
    levels = levels.T
    chosen = levels[[0, 3, -1]][:, ::7].ravel()
    print(f"  .init(.{scale}, power: {power}, centred: {str(centred).lower()}, window: {window}, hop: {hop}, mels: {mels}, frames: {len(levels)}, values: [")
    for start in range(0, len(chosen), 10):
        print("    " + ", ".join(f"{number:.5f}" for number in chosen[start:start + 10]) + ",")
    print("  ]),")
print("]")
