#!/bin/sh
# Starts three nodes on this machine, deploys two plugins, runs flights across the nodes, kills one
# half-way with `kill -9`, and compares the output with that of one machine.
#
#   examples/cluster/run.sh          COPIES=60 for a longer job, PORT=4930 for other ports
set -eu

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
bin=${BUBBLES_BIN_DIR:-$root/target/release}
copies=${COPIES:-30}
port=${PORT:-4930}

if [ ! -x "$bin/bubbles-node" ]; then
    (cd "$root" && cargo build --release)
fi
PATH="$bin:$PATH"

work=$(mktemp -d)
stop() {
    for pid in "$work"/*.pid; do
        [ -e "$pid" ] && kill -9 "$(cat "$pid")" 2>/dev/null || true
    done
    rm -rf "$work"
}
trap stop EXIT
trap 'exit 130' INT TERM
say() { echo "== $*" >&2; }

# node NAME NUMBER [more flags]: a process of its own, with a folder of its own.
node() {
    name=$1 number=$2
    shift 2
    bubbles-node --name "$name" --data "$work/$name" --listen "127.0.0.1:$((port + number))" \
        --http off --slots 1 --log warn --cache "$work/cache" "$@" 2>"$work/$name.log" &
    echo $! >"$work/$name.pid"
}

# until WORDS...: waits until a command succeeds, for a minute at most.
until_ok() {
    tries=0
    until "$@" >/dev/null 2>&1; do
        tries=$((tries + 1))
        if [ $tries -gt 600 ]; then
            echo "error: \`$*\` does not come true; the nodes say:" >&2
            tail -n 20 "$work"/*.log >&2
            exit 1
        fi
        sleep 0.1
    done
}

alive() { [ "$(bubbles nodes --output json | grep -o '"alive": *true' | wc -l)" -eq "$1" ]; }
# At least one split is done, and the job has not ended.
half_way() { bubbles jobs --output json | grep -q '"splits_done": *[1-9]'; }

say "the same on one machine first, to compare with"
mkdir -p "$work/here/data" "$work/cluster/data"
for place in here cluster; do
    cp "$root/examples/flights/data/airlines.csv" "$work/$place/data/"
    copy=1
    while [ $copy -le "$copies" ]; do
        cp "$root/examples/flights/data/flights-2013-01.csv" "$work/$place/data/flights-$copy.csv"
        copy=$((copy + 1))
    done
    cp "$here/pipeline.toml" "$work/$place/"
done
sed -i "s|\"late\"  |\"$root/examples/flights/late\"  |; s|\"join\"|\"$root/examples/flights/join\"|" \
    "$work/here/pipeline.toml"
bubbles run --quiet "$work/here"

say "three nodes"
node n1 1
export BUBBLES_CLUSTER="$work/n1/admin"
until_ok alive 1
node n2 2 --join "$(bubbles token)"
node n3 3 --join "$(bubbles token)"
until_ok alive 3
bubbles nodes >&2

say "two plugins"
bubbles deploy "$root/examples/flights/late" >&2
bubbles deploy "$root/examples/flights/join" >&2

say "the job, and a node that dies half-way"
bubbles run --cluster "$work/cluster" &
job=$!
until_ok half_way
if ! kill -0 $job 2>/dev/null; then
    echo "error: the job was over before a node could be killed: set COPIES higher" >&2
    exit 1
fi
kill -9 "$(cat "$work/n3.pid")"
say "killed n3"
wait $job

sorted() { cat "$1"/out/late/* "$1"/out/carriers.jsonl | sort; }
sorted "$work/here" >"$work/here.sorted"
sorted "$work/cluster" >"$work/cluster.sorted"
if ! cmp -s "$work/here.sorted" "$work/cluster.sorted"; then
    echo "error: the output is not the same" >&2
    diff "$work/here.sorted" "$work/cluster.sorted" | head -n 5 >&2
    exit 1
fi
rows=$(wc -l <"$work/cluster.sorted")
say "the output is the same: $rows lines, each once"
