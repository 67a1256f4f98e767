#!/usr/bin/env bash
# Fits a detector to a table that is larger than memory, and prints seconds and the peak of anonymous memory:
# `Benchmarks/large_table.sh 10000000`. Then the first 300,000 rows, in memory and from a sample of a tenth. `FOLDER` is where the
# table, about 120 bytes a row, and the runs are. It needs Linux and an awk.
set -euo pipefail

rows="${1:-10000000}"
few=300000
program="${HOURGLASS:-$(swift build -c release --show-bin-path)/hourglass}"
folder="${FOLDER:-$(mktemp -d)}"
[[ -n "${FOLDER:-}" ]] || trap 'rm -rf "$folder"' EXIT
mkdir -p "$folder"
cd "$folder"

# Payments: two hidden things move ten numbers; of a thousand rows one has a number or a shop that does not go with the others.
[[ -f payments.csv ]] || awk -v rows="$rows" 'BEGIN {
  srand(7); pi = 3.14159265358979
  print "paid,amount,fee,weight,pieces,distance,delay,rating,visits,discount,stock,country,shop,state"
  for (row = 0; row < rows; row++) {
    r = sqrt(-2 * log(1 - rand())); t = 2 * pi * rand(); a = r * cos(t); b = r * sin(t)
    odd = rand() < 0.001; kind = odd ? 1 + int(4 * rand()) : 0
    c = int(5 * rand())
    amount = exp(3 + 0.8 * a + 0.1 * rand()); fee = 0.3 + 0.029 * amount + 0.02 * rand()
    weight = 2 + 0.5 * a + 0.4 * b + 0.2 * rand(); pieces = 1 + int(exp(0.5 * a + 0.4 * rand()))
    distance = exp(2 + 0.6 * b + 0.2 * rand()); delay = 1 + 0.3 * b * b + 0.2 * rand()
    rating = 4 - 0.3 * b + 0.3 * rand(); visits = 10 + 3 * a - 2 * b + 2 * rand()
    discount = 0.1 + 0.05 * a * b + 0.03 * rand(); stock = 100 - 10 * a + 5 * c + 8 * rand()
    shop = 4 * c + int(4 * rand())
    if (kind == 1) weight = 2 - 0.5 * a - 0.4 * b
    if (kind == 2) delay += 1.5
    if (kind == 3) { visits = 10 - 3 * a + 2 * b; rating -= 0.6 }
    if (kind == 4) shop = (shop + 8) % 20
    second = int(row * 3.1)
    printf "2024-%02d-%02d %02d:%02d:%02d,%.2f,%.3f,%.4f,%d,%.3f,%.4f,%.3f,%.3f,%.4f,%.2f,country%d,shop%d,%s\n", \
      1 + int(second / 2419200) % 12, 1 + int(second / 86400) % 28, int(second / 3600) % 24, int(second / 60) % 60, second % 60, \
      amount, fee, weight, pieces, distance, delay, rating, visits, discount, stock, c, shop, odd ? "fraud" : "ok"
  }
}' >payments.csv

# Runs the program; prints what it says, the seconds, and the most anonymous memory that it had, seen ten times a second.
fit() {
  local name="$1" peak=0 now begun
  shift
  rm -rf "$name"
  begun="$(date +%s.%N)"
  "$program" detect fit payments.csv --label-column state --seed 1 --out "$name" "$@" 2> >(
    while read -r line; do awk -v begun="$begun" -v now="$(date +%s.%N)" -v line="$line" \
      'BEGIN { printf "%8.1f s  %s\n", now - begun, line }'; done >"$name.log"
  ) &
  local process=$!
  while kill -0 "$process" 2>/dev/null; do
    now="$(awk '/RssAnon/ { print $2 }' "/proc/$process/status" 2>/dev/null || true)"
    [[ -n "$now" ]] && ((now > peak)) && peak="$now"
    sleep 0.1
  done
  wait "$process"
  awk -v name="$name" -v begun="$begun" -v now="$(date +%s.%N)" -v peak="$peak" \
    'BEGIN { printf "%-16s %8.1f s  %6.0f MiB\n", name, now - begun, peak / 1024 }'
  grep -o '"metrics":{[^}]*}\|"sampled_rows":[0-9]*\|"learnt_rows":[0-9]*' "$name/result.json"
}

fit all "${@:2}"
fit few-in-memory --limit "$few"
fit few-from-sample --limit "$few" --rows-in-memory 30000
