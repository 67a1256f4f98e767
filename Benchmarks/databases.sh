#!/usr/bin/env bash
# Scores the same rows from CSV, SQLite and PostgreSQL by one detector, and prints rows a second and the peak of memory, which must
# not grow with the rows: `script/with-postgresql Benchmarks/databases.sh 10000000`. It needs sqlite3, psql and GNU time.
set -euo pipefail

rows="${1:-1000000}"
[[ -n "${HOURGLASS_POSTGRESQL:-}" ]] || {
  echo "Benchmarks/databases.sh: there is no PostgreSQL; start this by script/with-postgresql." >&2
  exit 1
}
program="$(swift build -c release --show-bin-path)/hourglass"
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
cd "$folder"

psql -q "$HOURGLASS_POSTGRESQL" <<SQL
SET client_min_messages = warning;
DROP TABLE IF EXISTS sales, scores;
CREATE TABLE sales (id bigint PRIMARY KEY, x double precision, y double precision, pieces int, shop text);
INSERT INTO sales SELECT g, x, 3 * x + 0.001 * (g * 7919 % 101), (10 * x)::int, 'shop ' || g % 7
  FROM generate_series(1::bigint, $rows) g, LATERAL (SELECT (g * 2654435761 % 1000003) / 1000003.0 AS x) s;
VACUUM ANALYZE sales;
\copy (SELECT * FROM sales ORDER BY id) TO 'sales.csv' CSV HEADER
SQL
sqlite3 sales.db "CREATE TABLE sales (id INTEGER PRIMARY KEY, x REAL, y REAL, pieces INT, shop TEXT)" \
  ".import --csv --skip 1 sales.csv sales"

"$program" detect fit sales.csv --limit 20000 --scoring tails --epochs 2 --id id --seed 1 --out run 2>/dev/null
printf '%-12s %12s %12s %12s %12s\n' source rows seconds rows/s "peak MiB"
for source in sales.csv "sqlite:sales.db?table=sales" "$HOURGLASS_POSTGRESQL?table=sales"; do
  # GNU time: seconds and kibibytes.
  /usr/bin/time -f '%e %M' -o time "$program" detect score run "$source" --out scores.csv 2>/dev/null
  read -r seconds peak <time
  scored="$(($(wc -l <scores.csv) - 1))"
  awk -v name="${source%%[:.]*}" -v rows="$scored" -v seconds="$seconds" -v peak="$peak" \
    'BEGIN { printf "%-12s %12d %12.1f %12.0f %12.0f\n", name, rows, seconds, rows / seconds, peak / 1024 }'
  sha256sum <scores.csv >>digests
done
[[ "$(sort -u digests | wc -l)" == 1 ]] || {
  echo "Benchmarks/databases.sh: the sources give different scores." >&2
  exit 1
}
/usr/bin/time -f '%e %M' -o time "$program" detect score run "$HOURGLASS_POSTGRESQL?table=sales" --into scores 2>/dev/null
read -r seconds peak <time
awk -v seconds="$seconds" -v peak="$peak" -v rows="$rows" \
  'BEGIN { printf "%-12s %12d %12.1f %12.0f %12.0f\n", "--into", rows, seconds, rows / seconds, peak / 1024 }'
